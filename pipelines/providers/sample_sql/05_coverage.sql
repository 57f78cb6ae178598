-- What a commitment covers, in its own units. Its fleet takes the units of an hour in order, so the
-- last machine may be covered in part. Hours of a day in which the same machines run are reckoned
-- together. Wants `hours`, `placed` and `commitments`.
create or replace temp table bands as
select
    commitments.commitment_no,
    hours.day,
    hours.is_office_hour,
    hours.starts_at >= commitments.starts_at and hours.starts_at < commitments.ends_at
        as is_committed,
    count(*)::integer as hour_count
from hours cross join commitments
group by all;

create or replace temp table coverage as
with running as (
    select
        placed.resource_no,
        bands.*,
        commitments.demand,
        if(bands.is_committed, commitments.capacity, 0)::decimal(28, 6) as capacity
    from placed
    inner join bands on placed.commitment_no = bands.commitment_no
    inner join commitments on placed.commitment_no = commitments.commitment_no
    where bands.is_office_hour or not placed.sleeps
),
queued as (
    select
        *,
        sum(demand) over (
            partition by commitment_no, day, is_office_hour, is_committed order by resource_no
            rows between unbounded preceding and current row
        ) - demand as taken
    from running
),
covered_by_day as (
    select
        resource_no,
        commitment_no,
        day,
        demand,
        sum(hour_count)::integer as run_hours,
        sum(least(demand, greatest(0, capacity - taken)) * hour_count)::decimal(28, 6)
            as covered_units
    from queued
    group by all
)
select *, round(covered_units / demand, 6)::decimal(28, 6) as covered_hours
from covered_by_day
order by resource_no, day;

create or replace temp table commitment_days as
with committed as (
    select bands.commitment_no, day, sum(hour_count * capacity)::decimal(28, 6) as units
    from bands
    inner join commitments on bands.commitment_no = commitments.commitment_no
    where is_committed
    group by all
),
used as (
    select commitment_no, day, sum(covered_units)::decimal(28, 6) as units
    from coverage
    group by all
)
select
    committed.*,
    (committed.units - coalesce(used.units, 0))::decimal(28, 6) as unused_units
from committed
left join used using (commitment_no, day)
order by commitment_no, day;
