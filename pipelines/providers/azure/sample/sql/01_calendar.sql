-- Hours and days of the delivered part of the month. People sleep and take weekends off.
create or replace temp table hours as
with numbered as (
    select getvariable('period_start') + to_hours(hour_no::integer) as starts_at
    from range(getvariable('hours')) as hourly(hour_no)
)
select
    starts_at,
    starts_at::date as day,
    hour(starts_at) < 11 and isodow(starts_at) <= 5 as is_office_hour
from numbered
order by starts_at;

create or replace temp table days as
select
    day,
    -- A day that is not over is billed for the hours known so far.
    count(*)::integer as hour_count,
    if(isodow(day) > 5, 0.7, 1.0) as load,
    day >= getvariable('spike_month') + to_days(5)
    and day < getvariable('spike_month') + to_days(8) as is_spike
from hours
group by day
order by day;
