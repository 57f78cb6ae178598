-- Hours and days of the delivered part of the month, with AWS's text for each interval.
create or replace temp table slots as
with spans as (
    select 1 as step, hour_no::integer as hour_no
    from range(getvariable('hours')) as hourly(hour_no)
    union all
    select 24, hour_no::integer
    from range(0, getvariable('hours'), 24) as daily(hour_no)
),
timed as (
    select
        *,
        getvariable('period_start') + to_hours(hour_no) as starts_at,
        getvariable('period_start') + to_hours(hour_no + step) as ends_at,
        -- A day that is not over is billed for the hours known so far.
        least(step, getvariable('hours') - hour_no) as known_hours
    from spans
)
select
    *,
    strftime(starts_at, '%Y-%m-%dT%H:%M:%SZ') || '/' || strftime(ends_at, '%Y-%m-%dT%H:%M:%SZ')
        as time_interval,
    -- People sleep and take weekends off; so does metered usage.
    known_hours
    * case when isodow(starts_at) > 5 then 0.7 else 1.0 end
    * case when step = 1 and hour(starts_at) between 15 and 21 then 0.6 else 1.0 end
        as load,
    starts_at >= getvariable('spike_month') + to_days(10)
    and starts_at < getvariable('spike_month') + to_days(14) as is_spike,
    hour(starts_at) < 11 and isodow(starts_at) <= 5 as is_office_hour
from timed
order by step, hour_no;
