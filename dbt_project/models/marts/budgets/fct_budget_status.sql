{{ config(materialized="table") }}
with
    budgets as (
        select
            *,
            case when recurrence = 'year' then 4 else 7 end as period_length,
            substring(first_period, 1, period_length) as first_budget_period
        from {{ ref("stg_registry__budgets") }}
    ),

    -- The month at hand is told of even before anything was spent in it.
    months as (
        select budget_id, billing_period, effective_cost, has_other_currency
        from {{ ref("int_budget_costs_counted") }}
        union all
        select budgets.budget_id, organizations.forecast_period, 0, false
        from budgets
        inner join
            {{ ref("int_organizations_closed") }} as organizations using (
                organization_id, company_id
            )
    ),

    periods as (
        select
            budgets.*,
            organizations.as_of_date,
            organizations.forecast_period,
            substring(months.billing_period, 1, budgets.period_length) as budget_period,
            sum(months.effective_cost) as actual_cost,
            {{ sum_where("effective_cost", "billing_period = forecast_period") }} as month_cost,
            bool_or(months.has_other_currency) as has_other_currency
        from budgets
        inner join months using (budget_id)
        left join
            {{ ref("int_organizations_closed") }} as organizations using (
                organization_id, company_id
            )
        where budget_period >= budgets.first_budget_period
        group by all
    ),

    forecast_periods as (
        select
            periods.*,
            budget_period = substring(periods.forecast_period, 1, period_length) as is_current,
            case
                when not is_current
                then null
                when recurrence = 'month'
                then coalesce(forecasts.forecast_cost, 0)
                -- The months that are left are taken to cost what this one does.
                else
                    actual_cost
                    - month_cost
                    + coalesce(forecasts.forecast_cost, 0)
                    * (13 - cast(substring(periods.forecast_period, 6) as integer))
            end as forecast_cost,
            recurrence = 'month' and is_current as has_interval,
            forecasts.lowest_forecast_cost,
            forecasts.highest_forecast_cost
        from periods
        left join
            {{ ref("int_month_ends_forecast") }} as forecasts
            on forecasts.series_kind = 'budget'
            and periods.budget_id = forecasts.series_name
    )

select
    organization_id,
    company_id,
    budget_id,
    budget_period,
    as_of_date,
    budget_name,
    recurrence,
    sub_account_id,
    service_name,
    tag_key,
    tag_value,
    case
        when actual_cost > budget_cost
        then 'exceeded'
        when forecast_cost > budget_cost
        then 'expected to be exceeded'
        else 'within'
    end as state,
    billing_currency,
    budget_cost,
    actual_cost,
    budget_cost - actual_cost as remaining_cost,
    forecast_cost,
    case when has_interval then lowest_forecast_cost end as lowest_forecast_cost,
    case when has_interval then highest_forecast_cost end as highest_forecast_cost,
    {{ ratio_of("actual_cost", "budget_cost") }} as used_ratio,
    {{ ratio_of("forecast_cost", "budget_cost") }} as forecast_ratio,
    coalesce(is_current, false) as is_current,
    has_other_currency
from forecast_periods
