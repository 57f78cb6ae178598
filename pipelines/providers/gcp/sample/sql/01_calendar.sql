-- Hours and days of Google's month, which begins at midnight in California. The last days of the
-- month before are there too: what of them arrived late stands on this month's invoice.
create or replace temp table hours as
with numbered as (
    select getvariable('month_start') + to_hours(hour_no::integer) as starts_at
    from range(date_diff('hour', getvariable('month_start'), getvariable('month_end')))
        as hourly(hour_no)
)
select
    starts_at,
    getvariable('period_start')::date
    + (date_diff('hour', getvariable('month_start'), starts_at) // 24)::integer as day,
    hour(starts_at) < 11 and isodow(starts_at) <= 5 as is_office_hour
from numbered
order by starts_at;

create or replace temp table days as
with dated as (
    select day, min(starts_at) as starts_at, max(starts_at) + interval 1 hour as ends_at
    from hours
    group by day
    union all
    select
        (getvariable('period_start') - to_days(days_before::integer))::date,
        getvariable('month_start') - to_days(days_before::integer),
        getvariable('month_start') - to_days(days_before::integer - 1)
    from range(1, 5) as earlier(days_before)
)
select
    *,
    date_diff('hour', starts_at, ends_at)::integer as hour_count,
    if(isodow(day) > 5, 0.7, 1.0) as load,
    day >= getvariable('spike_month') + to_days(17)
    and day < getvariable('spike_month') + to_days(19) as is_spike,
    starts_at >= getvariable('month_start') as is_own
from dated
order by day;
