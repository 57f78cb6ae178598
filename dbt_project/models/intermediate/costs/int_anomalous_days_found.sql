{{ config(replaces=["company_id", "billing_period"], months_after=2) }}
-- Modified z-scores against the same weekdays before: Iglewicz and Hoaglin, How to Detect and
-- Handle Outliers (1993), which gives 0.6745 and 3.5 too.
with
    daily_costs as (
        select
            {{ series_columns() }},
            {{ series_id() }} as series_id,
            charge_date,
            sum(effective_cost) as effective_cost
        from {{ ref("int_costs_summed") }}
        where
            {{ is_changed_or_month_before(months=2, months_after=2) }}
            and not is_correction
            and not is_monthly
        group by all
    ),

    closed_days as (
        select
            company_id,
            connection_id,
            billing_period,
            {{ days_between("opened_date", "closed_through_date") }} as charge_date
        from {{ ref("int_days_closed") }}
        where {{ is_changed_or_month_before(months=2, months_after=2) }}
    ),

    -- What never costs half of what is told of cannot change by that much.
    series as (
        select {{ series_columns() }}, series_id
        from daily_costs
        group by all
        having 2 * max(abs(effective_cost)) >= {{ notable_cost() }}
    ),

    -- A closed day without a charge cost nothing; of one that is not closed nothing is known.
    days as (
        select
            series.*,
            closed_days.billing_period,
            closed_days.charge_date,
            coalesce(daily_costs.effective_cost, 0) as effective_cost
        from series
        inner join closed_days using (company_id, connection_id)
        left join daily_costs using (series_id, charge_date)
    ),

    compared_days as (
        select
            days.*,
            earlier.charge_date as earlier_date,
            earlier.effective_cost as earlier_cost,
            {{ is_weekday_before("earlier.charge_date", "days.charge_date") }} as is_weekday,
            quantile_disc(case when is_weekday then earlier.effective_cost end, 0.5) over (
                partition by days.series_id, days.charge_date
            ) as usual_cost
        from days
        inner join
            days as earlier
            on days.series_id = earlier.series_id
            and earlier.charge_date between days.charge_date - 62 and days.charge_date - 1
            and (
                {{ is_weekday_before("earlier.charge_date", "days.charge_date") }}
                or {{ is_month_mate("earlier.charge_date", "days.charge_date") }}
            )
        where {{ is_changed(["company_id", "billing_period"], "days", months_after=2) }}
    )

-- Expected is the usual weekday or, where it is nearer, the same day of the month before: fees
-- that come every month are no surprise.
select
    {{ series_columns() }},
    series_id,
    billing_period,
    charge_date,
    effective_cost,
    min_by(earlier_cost, abs(effective_cost - earlier_cost)) filter (
        where not is_weekday or earlier_cost = usual_cost
    ) as expected_cost,
    max_by(earlier_date, (- abs(effective_cost - earlier_cost), earlier_date)) filter (
        where not is_weekday or earlier_cost = usual_cost
    ) as reference_date,
    median(abs(earlier_cost - usual_cost)) filter (where is_weekday) as deviation_cost,
    count(*) filter (where is_weekday) as weekday_count
from compared_days
group by all
having
    weekday_count >= {{ var("least_weekdays") }}
    and abs(effective_cost - expected_cost) >= {{ notable_cost() }}
    and 0.6745 * abs(effective_cost - expected_cost)
    > 3.5 * greatest(deviation_cost, 0.05 * abs(expected_cost))
