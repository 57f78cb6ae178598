{{ config(materialized="table") }}
-- A month is what its days cost and what comes once in it: fees, tax, credits, charges of a whole
-- month. These are expected as in the two months before, whichever had less, and at least as far
-- as this month has them.
{% set series = "organization_id, company_id, series_kind, series_name, billing_currency" %}
with
    costs as (
        select
            *,
            cast(forecast_period || '-01' as date) as forecast_date,
            date_diff('month', cast(billing_period || '-01' as date), forecast_date) as months_ago,
            max(date_diff('month', cast(billing_period || '-01' as date), forecast_date)) over (
                partition by organization_id, company_id
            ) as known_months
        from {{ ref("int_series_costs_summed") }}
    ),

    monthly_kinds as (
        select
            {{ series }},
            {{ sum_where("effective_cost", "months_ago = 0") }} as cost,
            {{ sum_where("effective_cost", "months_ago = 1") }} as last_cost,
            {{ sum_where("effective_cost", "months_ago = 2") }} as earlier_cost,
            case
                when known_months < 2 or abs(last_cost) < abs(earlier_cost)
                then last_cost
                else earlier_cost
            end as usual_cost,
            case when abs(cost) > abs(usual_cost) then cost else usual_cost end as expected_cost
        from costs
        where is_monthly
        group by {{ series }}, charge_category, known_months
    ),

    monthly_costs as (
        select {{ series }}, sum(cost) as monthly_cost, sum(expected_cost) as expected_monthly_cost
        from monthly_kinds
        group by all
    ),

    months as (
        select
            {{ series }},
            as_of_date,
            forecast_period,
            {{
                sum_where(
                    "effective_cost",
                    "not is_monthly and months_ago = 0 and charge_date <= as_of_date",
                )
            }} as daily_cost
        from costs
        group by all
    ),

    forecasts as (
        select
            {{ series }},
            months.as_of_date,
            months.forecast_period,
            months.daily_cost + coalesce(monthly_costs.monthly_cost, 0) as actual_to_date_cost,
            months.daily_cost
            + coalesce(monthly_costs.expected_monthly_cost, 0)
            + coalesce(rests.rest_cost, 0) as forecast_cost,
            rests.error_cost,
            coalesce(rests.backtest_count, 0) as backtest_count
        from months
        left join monthly_costs using ({{ series }})
        left join {{ ref("int_rests_forecast") }} as rests using ({{ series }})
    )

select
    {{ series }},
    as_of_date,
    forecast_period,
    actual_to_date_cost,
    forecast_cost,
    -- What is spent stays spent; without an error nothing is known of how far it may be off.
    case
        when error_cost is not null
        then greatest(forecast_cost - error_cost, least(forecast_cost, actual_to_date_cost))
    end as lowest_forecast_cost,
    forecast_cost + error_cost as highest_forecast_cost,
    backtest_count
from forecasts
