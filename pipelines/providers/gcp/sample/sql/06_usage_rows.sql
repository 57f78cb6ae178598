-- Usage by the day. A row arrives some hours after its day; one in forty only days later.
create or replace temp view usage_rows as
with metered as (
    select
        resources.*,
        days.* exclude (hour_count, load, is_spike),
        hash(getvariable('seed'), 'late', resource_no, day) as luck,
        round(
            per_hour * hour_count
            * if(
                is_metered,
                load * if(is_spiking and is_spike, 60, 1)
                * (0.6 + 0.0008 * (hash(getvariable('seed'), resource_no, day) % 1000)),
                1
            ),
            6
        )::decimal(28, 6) as amount
    from resources
    cross join days
    where commitment_no is null and day >= active_from and day < active_until
),
arrived as (
    select
        *,
        ends_at + to_hours(3 + (luck % 4)::integer)
        + to_hours(if(luck % 40 = 0, 36 + (luck // 40 % 94)::integer, 0)) as export_time,
        round(amount * price / pricing_quantity, 6)::decimal(28, 6) as cost
    from metered
)
select
    *,
    cost as cost_at_default,
    case
        -- The longer a machine runs in a month, the less its next days cost.
        when sku like 'N1 %' and day(day) > 7
        then [discount(
            'Sustained Usage Discount', 'SUSTAINED_USAGE_DISCOUNT',
            cost * [0.2, 0.4, 0.6][least(3, (day(day) - 1) // 7)]
        )]
        when service = 'Vertex AI'
        then [discount('AI startup credit', 'PROMOTION', cost * 0.5)]
        when service = 'Cloud Run' and day(day) <= 3
        then [discount('Cloud Run free tier', 'FREE_TIER', cost)]
        else []
    end as credits
from arrived
-- Too late for its own invoice is on the next.
where (export_time < getvariable('period_end') + to_days(3) and is_own)
    or (export_time >= getvariable('period_start') + to_days(3) and not is_own);

-- Machines whose use a commitment covers. Older commitments credit what they cover; the new spend
-- model bills it at a price of its own, in a row of its own.
create or replace temp view fleet_rows as
with covered as (
    select
        resources.*,
        days.day,
        days.starts_at,
        days.ends_at,
        days.ends_at + interval 3 hour as export_time,
        commitments.kind,
        commitments.subscription_id,
        coverage.covered_units,
        (resources.per_hour * run_hours)::decimal(28, 6) as run_amount,
        if(
            kind = 'spend',
            least(run_hours, coverage.covered_hours) * resources.per_hour,
            0
        )::decimal(28, 6) as moved_amount
    from coverage
    inner join resources on coverage.resource_no = resources.resource_no
    inner join commitments on coverage.commitment_no = commitments.commitment_no
    inner join days on coverage.day = days.day
),
priced as (
    select
        * exclude (subscription_id),
        (run_amount - moved_amount)::decimal(28, 6) as amount,
        round((run_amount - moved_amount) * price, 6)::decimal(28, 6) as cost
    from covered
    where moved_amount < run_amount
)
select
    * exclude (kind, covered_units, run_amount, moved_amount),
    cost as cost_at_default,
    case
        when covered_units = 0 or kind = 'spend' then []
        when kind = 'dollars'
        then [discount(
            'Committed use discount - dollar based', 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE',
            least(cost, covered_units)
        )]
        else [discount(
            'Committed use discount: CPU and memory', 'COMMITTED_USAGE_DISCOUNT',
            least(cost, covered_units * price)
        )]
    end as credits,
    null::varchar as subscription_id,
    null::varchar as consumption_model
from priced
union all by name
select
    * exclude (kind, covered_units, run_amount, moved_amount),
    moved_amount as amount,
    covered_units as cost,
    round(moved_amount * price, 6)::decimal(28, 6) as cost_at_default,
    [] as credits,
    'Compute Flexible CUDs 1 Year' as consumption_model
from covered
where kind = 'spend' and covered_units > 0;
