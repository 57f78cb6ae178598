-- Savings Plans and Reserved Instances. A commitment is a number of units per hour: dollars for a
-- Savings Plan, normalized units for a Reserved Instance. Prices are per unit and hour.
create or replace temp table catalog as
from read_csv(getvariable('data') || '/catalog.csv', types = {
    'price': 'decimal(28, 9)', 'amount': 'double', 'normalization_factor': 'decimal(9, 3)',
    'vcpu': 'varchar', 'digits': 'integer'
});

create or replace temp table regions as
from read_csv(getvariable('data') || '/regions.csv');

create or replace temp table commitments as
with bought as (
    select
        commitments.*,
        getvariable('until_start') - to_months(bought_months_ago) + to_days(bought_day - 1)
        + interval 10 hour as starts_at,
        greatest(fleet_least, round(getvariable('rows') / 720 * fleet_share))::integer
            as fleet_size,
        -- Savings Plans take 28 % off on-demand, for one family in one region 34 %.
        if(
            kind = 'SP',
            round(price * if(offering = 'ComputeSavingsPlans', 0.72, 0.66), 4),
            normalization_factor
        )::decimal(18, 8) as demand,
        catalog.* exclude (sku_no, weight, price, amount, digits, instance_type),
        catalog.price as unit_price,
        coalesce(reserved_sku, instance_type) as reserved_type
    from read_csv(getvariable('data') || '/commitments.csv', types = {
        'recurring_price': 'decimal(28, 9)', 'upfront_price': 'decimal(28, 9)',
        'reserved_units': 'decimal(9, 3)'
    }) as commitments
    inner join catalog using (sku_no)
    where list_contains(string_split(exports, '|'), getvariable('export'))
),
sized as (
    select
        *,
        greatest(1, floor(fleet_size * demand * capacity_factor / reserved_units))::integer
            as reservation_count,
        md5(concat_ws('/', getvariable('seed'), getvariable('payer_id'), commitment_name))::uuid
            as plan_id
    from bought
)
select
    sized.*,
    starts_at + to_years(term_years) - interval 1 second as expires_at,
    term_years * 8760 as term_hours,
    if(
        kind = 'SP',
        round(fleet_size * demand * capacity_factor, 3),
        reservation_count * reserved_units
    )::decimal(18, 8) as capacity,
    accounts.account_id,
    accounts.account_name,
    case
        when kind = 'SP'
        then 'arn:aws:savingsplans::' || accounts.account_id || ':savingsplan/' || plan_id
        when product_code = 'AmazonRDS'
        then 'arn:aws:rds:ap-northeast-2:' || accounts.account_id || ':ri:ri-' || plan_id
        else
            'arn:aws:ec2:ap-northeast-2:' || accounts.account_id || ':reserved-instances/'
            || plan_id
    end as arn
from sized
-- Savings Plans are bought by the payer, reservations by the first linked account: both are shared.
inner join accounts on accounts.account_no = if(sized.kind = 'SP', 0, 1)
order by commitment_no;
