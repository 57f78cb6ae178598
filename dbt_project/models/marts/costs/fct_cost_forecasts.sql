{{ config(materialized="table") }}
select
    organization_id,
    company_id,
    series_kind,
    case when series_kind = 'account' then series_name end as sub_account_id,
    as_of_date,
    forecast_period,
    case when series_kind = 'service' then series_name end as service_name,
    billing_currency,
    actual_to_date_cost,
    forecast_cost,
    lowest_forecast_cost,
    highest_forecast_cost,
    backtest_count
from {{ ref("int_month_ends_forecast") }}
where series_kind <> 'budget'
