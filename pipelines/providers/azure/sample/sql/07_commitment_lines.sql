-- What nobody used of a commitment, day by day: in the amortized export only.
create or replace temp view unused_lines as
select
    commitments.*,
    day,
    'Unused' || commitment_model as charge_type,
    commitment_model as pricing_model,
    unused_units as quantity,
    price as line_price,
    0::decimal(28, 12) as actual_cost,
    (unused_units * price)::decimal(28, 12) as amortized_cost
from commitment_days
inner join commitments using (commitment_no)
where unused_units > 0;

-- What was paid for it, and paid back for the hours left: in the actual export only.
create or replace temp table payment_lines as
with paid as (
    select
        commitment_no,
        'Purchase' as charge_type,
        starts_at::date as day,
        term_hours as hour_count
    from commitments
    where payment = 'Upfront'
    union all
    select
        commitment_no,
        'Purchase',
        (starts_at + to_months(month_no::integer))::date,
        730
    from commitments cross join range(36) as months(month_no)
    where payment = 'Monthly' and month_no < term_months
    union all
    select
        commitment_no,
        'Refund',
        returned_at::date,
        -(term_hours - date_diff('hour', starts_at, returned_at))
    from commitments
    where returned_at is not null
)
select
    commitments.*,
    paid.day,
    paid.charge_type,
    commitment_model as pricing_model,
    if(payment = 'Monthly', 'Recurring', 'OneTime') as frequency,
    (if(paid.charge_type = 'Refund', -1, 1) * coalesce(reservation_count, 1))::decimal(28, 6)
        as quantity,
    (abs(hour_count) * capacity * price / coalesce(reservation_count, 1))::decimal(28, 6)
        as line_price,
    (hour_count * capacity * price)::decimal(28, 12) as actual_cost,
    null::decimal(28, 12) as amortized_cost
from paid
inner join commitments using (commitment_no)
where paid.day in (select day from days)
order by commitment_no, day;
