-- Usage: metered, on demand and covered. Quantities are in blocks, costs exact to twelve decimals.
create or replace temp view usage_lines as
with metered as (
    select
        resources.*,
        days.day,
        round(
            per_hour * hour_count
            * if(
                is_metered,
                load * if(is_spiking and is_spike, 60, 1)
                * (0.6 + 0.0008 * (hash(getvariable('seed'), resource_no, days.day) % 1000)),
                1
            ),
            6
        )::decimal(28, 6) as quantity
    from resources
    cross join days
    where commitment_no is null and day >= active_from and day < active_until
),
uncovered as (
    select resources.*, coverage.day, (run_hours - covered_hours)::decimal(28, 6) as quantity
    from coverage
    inner join resources on coverage.resource_no = resources.resource_no
    where covered_hours < run_hours
)
select
    * exclude (on_demand_model, commitment_no),
    'Usage' as charge_type,
    on_demand_model as pricing_model,
    null::bigint as commitment_no,
    (quantity * unit_price)::decimal(28, 12) as actual_cost,
    (quantity * unit_price)::decimal(28, 12) as amortized_cost
from (from metered union all by name from uncovered);

-- Covered use costs nothing in the actual export and its share of the commitment in the other.
create or replace temp view covered_lines as
select
    resources.* exclude (on_demand_model),
    coverage.day,
    covered_hours as quantity,
    'Usage' as charge_type,
    commitment_model as pricing_model,
    0::decimal(28, 12) as actual_cost,
    (covered_units * price)::decimal(28, 12) as amortized_cost
from coverage
inner join resources on coverage.resource_no = resources.resource_no
inner join commitments on coverage.commitment_no = commitments.commitment_no
where covered_units > 0;
