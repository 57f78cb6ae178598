{{ config(materialized="table") }}
-- What the rest of a month costs by its days: each weekday the median of its last four. The same
-- is asked of nine earlier days, a week apart, whose rest of as many days is known by now: how far
-- that was off is how far this may be (split conformal prediction, Lei et al., JASA 2018).
{% set series = "organization_id, company_id, series_kind, series_name, billing_currency" %}
with
    daily_costs as (
        select
            {{ series }},
            as_of_date,
            cast(period_end_date - as_of_date as integer) as rest_days,
            charge_date,
            sum(effective_cost) as effective_cost
        from {{ ref("int_series_costs_summed") }}
        where not is_monthly and charge_date <= as_of_date
        group by all
    ),

    series as (
        select {{ series }}, as_of_date, rest_days, min(charge_date) as first_date
        from daily_costs
        group by all
    ),

    calendar as (
        select *, {{ days_between("first_date", "as_of_date") }} as charge_date from series
    ),

    -- A day without a charge cost nothing.
    days as (
        select {{ series }}, charge_date, coalesce(daily_costs.effective_cost, 0) as effective_cost
        from calendar
        left join daily_costs using ({{ series }}, charge_date)
    ),

    origins as (
        select
            {{ series }},
            rest_days,
            origin_number,
            as_of_date - cast(
                case
                    when origin_number = 0 then 0 else rest_days + 7 * (origin_number - 1)
                end as integer
            ) as origin_date
        from series
        cross join unnest(range(0, 10)) as numbers(origin_number)
        where origin_number = 0 or first_date <= origin_date - 27
    ),

    weekdays as (
        select
            {{ series }},
            origins.origin_number,
            cast((origins.origin_date - days.charge_date) % 7 as integer) as weekday_number,
            median(days.effective_cost)
            * floor((origins.rest_days + weekday_number) / 7) as rest_cost
        from origins
        inner join days using ({{ series }})
        where days.charge_date between origins.origin_date - 27 and origins.origin_date
        group by {{ series }}, origins.origin_number, origins.rest_days, weekday_number
    ),

    forecasts as (
        select {{ series }}, origin_number, cast(sum(rest_cost) as decimal(38, 12)) as rest_cost
        from weekdays
        group by all
    ),

    backtests as (
        select
            {{ series }},
            abs(sum(days.effective_cost) - max(forecasts.rest_cost)) as error_cost,
            row_number() over (partition by {{ series }} order by error_cost) as error_rank,
            count(*) over (partition by {{ series }}) as backtest_count
        from origins
        inner join forecasts using ({{ series }}, origin_number)
        inner join days using ({{ series }})
        where
            origin_number > 0
            and days.charge_date > origins.origin_date
            and days.charge_date <= origins.origin_date + origins.rest_days
        group by {{ series }}, origin_number
    ),

    -- Of nine, the eighth: as many as the share of months that shall end within it.
    errors as (
        select *
        from backtests
        where error_rank = ceil((backtest_count + 1) * {{ var("forecast_coverage") }})
    )

select
    {{ series }},
    forecasts.rest_cost,
    errors.error_cost,
    coalesce(errors.backtest_count, 0) as backtest_count
from forecasts
left join errors using ({{ series }})
where forecasts.origin_number = 0
