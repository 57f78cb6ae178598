-- Metered and on-demand usage. A cost is price x amount, exact to nine decimals.
create or replace temp view usage_lines as
with metered as (
    select
        resources.*,
        slots.hour_no,
        slots.starts_at,
        slots.ends_at,
        slots.time_interval,
        if(
            is_metered,
            round(
                typical_amount * load * if(is_spiking and is_spike, 90, 1)
                * (0.6 + 0.0008 * (hash(getvariable('seed'), meters.resource_no, hour_no) % 1000)),
                digits
            ),
            known_hours
        )::decimal(18, 4) as usage_amount
    from meters
    inner join resources on meters.resource_no = resources.resource_no
    inner join slots on meters.step = slots.step
    where
        meters.commitment_no is null
        and slots.starts_at >= meters.active_from
        and slots.starts_at < meters.active_until
)
select
    *,
    'Usage' as line_item_type,
    (usage_amount * unit_price)::decimal(28, 10) as unblended_cost,
    (usage_amount * list_unit_price)::decimal(28, 10) as on_demand_cost,
    (usage_amount * normalization_factor)::decimal(18, 8) as normalized_usage_amount
from metered;

-- What a fleet runs beyond its commitment, or before it was bought.
create or replace temp view uncovered_lines as
select
    resources.* replace (resources.line_item_id || 'od' as line_item_id),
    slots.hour_no,
    slots.starts_at,
    slots.ends_at,
    slots.time_interval,
    (1 - covered_share)::decimal(18, 8) as usage_amount,
    'Usage' as line_item_type,
    (unit_price - covered_cost)::decimal(28, 10) as unblended_cost,
    (unit_price - covered_cost)::decimal(28, 10) as on_demand_cost,
    ((1 - covered_share) * normalization_factor)::decimal(18, 8) as normalized_usage_amount
from coverage
inner join resources on coverage.resource_no = resources.resource_no
inner join slots on slots.step = 1 and coverage.hour_no = slots.hour_no
where covered_cost < unit_price;
