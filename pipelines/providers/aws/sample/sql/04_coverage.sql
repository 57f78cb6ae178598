-- Which hours of which resource a commitment covers. Its fleet takes the units in order, so the
-- last covered resource of an hour may be covered in part: one resource-hour, two rows.
create or replace temp table coverage as
with running as (
    select
        meters.resource_no,
        commitments.commitment_no,
        slots.hour_no,
        commitments.demand,
        commitments.unit_price,
        if(slots.starts_at >= commitments.starts_at, commitments.capacity, 0)::decimal(18, 8)
            as capacity
    from meters
    inner join commitments on meters.commitment_no = commitments.commitment_no
    inner join slots on slots.step = 1 and (slots.is_office_hour or not meters.sleeps)
),
queued as (
    select
        *,
        sum(demand) over (
            partition by commitment_no, hour_no order by resource_no
            rows between unbounded preceding and current row
        ) - demand as taken
    from running
),
shared as (
    select *, least(demand, greatest(0, capacity - taken))::decimal(18, 8) as covered
    from queued
)
select
    resource_no,
    commitment_no,
    hour_no,
    covered,
    round(covered / demand, 8)::decimal(18, 8) as covered_share,
    round(unit_price * covered / demand, 8)::decimal(28, 10) as covered_cost
from shared
order by resource_no, hour_no;

create or replace temp table commitment_hours as
select
    commitments.commitment_no,
    slots.hour_no,
    commitments.capacity,
    coalesce(sum(coverage.covered), 0)::decimal(18, 8) as used
from commitments
inner join slots on slots.step = 1 and slots.starts_at >= commitments.starts_at
left join coverage
    on commitments.commitment_no = coverage.commitment_no and slots.hour_no = coverage.hour_no
group by all
order by commitment_no, hour_no;
