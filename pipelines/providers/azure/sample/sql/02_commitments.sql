-- Reservations and savings plans. A commitment is a number of units per hour: dollars for a savings
-- plan, normalized instances for a reservation. Its price is per unit and hour, a year is 8,760
-- hours and a month 730: so every payment is a whole number of them.
create or replace temp table meters as
select
    *,
    round(payg_price * getvariable('price_factor'), 6)::decimal(28, 6) as unit_price,
    md5('meter' || meter_no)::uuid::varchar as meter_id
from read_csv(getvariable('data') || '/meters.csv', types = {
    'payg_price': 'decimal(28, 6)', 'per_hour': 'double', 'ratio': 'integer'
});

create or replace temp table regions as
from read_csv(getvariable('data') || '/regions.csv');

create or replace temp table commitments as
with bought as (
    select
        commitments.*,
        meters.* exclude (meter_no, weight, per_hour, is_metered, since_months_ago),
        getvariable('until_start') - to_months(bought_months_ago) + to_days(bought_day - 1)
        + interval 10 hour as starts_at,
        getvariable('until_start') - to_months(returned_months_ago) + to_days(returned_day - 1)
            as returned_at,
        term_months * 730 as term_hours,
        greatest(fleet_least, round(getvariable('rows') / 30 * fleet_share))::integer
            as fleet_size,
        -- Savings plans take 28 % off.
        if(kind = 'SP', round(meters.unit_price * 0.72, 6), ratio)::decimal(28, 6) as demand
    from read_csv(getvariable('data') || '/commitments.csv', types = {
        'price': 'decimal(28, 6)', 'reserved_units': 'integer', 'returned_months_ago': 'integer',
        'returned_day': 'integer'
    }) as commitments
    inner join meters using (meter_no)
    where export_key = getvariable('export')
),
sized as (
    select
        *,
        greatest(1, floor(fleet_size * demand * capacity_factor / reserved_units))::integer
            as reservation_count,
        md5(concat_ws('/', getvariable('seed'), getvariable('payer_id'), commitment_name))::uuid
        ::varchar as order_id
    from bought
)
select
    sized.*,
    least(returned_at, starts_at + to_hours(term_hours)) as ends_at,
    if(
        kind = 'SP',
        round(fleet_size * demand * capacity_factor, 3),
        reservation_count * reserved_units
    )::decimal(28, 6) as capacity,
    if(kind = 'SP', 'SavingsPlan', 'Reservation') as commitment_model,
    if(
        kind = 'SP',
        '/providers/Microsoft.BillingBenefits/savingsPlanOrders/' || order_id || '/savingsPlans/',
        '/providers/Microsoft.Capacity/reservationOrders/' || order_id || '/reservations/'
    ) || md5(order_id)::uuid as benefit_id,
    if(
        kind = 'SP',
        'Compute savings plan, ',
        'Reserved ' || coalesce('VM Instance, ' || vm_size, 'SQL vCore') || ', KR Central, '
    ) || term_months // 12 || if(term_months = 12, ' Year', ' Years') as order_name
from sized
order by commitment_no;
