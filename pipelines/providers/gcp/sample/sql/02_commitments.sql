-- Committed use discounts. A commitment is a number of units per hour, which it pays at `price`:
-- metered units for resources, dollars on demand for the legacy spend model, discounted dollars for
-- the new one.
create or replace temp table meters as
select
    *,
    upper(concat_ws('-', substr(code, 1, 4), substr(code, 5, 4), substr(code, 9, 4))) as sku_id
from (
    select *, md5('sku' || meter_no) as code
    from read_csv(getvariable('data') || '/meters.csv', types = {
        'price': 'decimal(28, 9)', 'per_hour': 'double', 'pricing_quantity': 'integer',
        'unit_factor': 'double'
    })
);

create or replace temp table regions as
from read_csv(getvariable('data') || '/regions.csv');

create or replace temp table commitments as
with bought as (
    select
        commitments.*,
        meters.service_id,
        meters.service,
        meters.price as unit_price,
        getvariable('until_start') - to_months(bought_months_ago) + to_days(bought_day - 1)
        + interval 18 hour as starts_at,
        timestamp '2100-01-01' as ends_at,
        greatest(fleet_least, round(getvariable('rows') / 30 * fleet_share))::integer
            as fleet_size,
        case kind
            when 'resource' then per_hour
            when 'dollars' then round(per_hour * meters.price, 6)
            -- Flexible commitments take 28 % off.
            else round(per_hour * meters.price * 0.72, 6)
        end::decimal(28, 6) as demand
    from read_csv(getvariable('data') || '/commitments.csv', types = {
        'price': 'decimal(28, 6)'
    }) as commitments
    inner join meters using (meter_no)
    where export_key = getvariable('export')
)
select
    *,
    if(
        kind = 'resource',
        greatest(1, round(fleet_size * demand * capacity_factor)),
        round(fleet_size * demand * capacity_factor, 2)
    )::decimal(28, 6) as capacity,
    md5(concat_ws('/', getvariable('seed'), getvariable('payer_id'), commitment_name))::uuid
    ::varchar as subscription_id
from bought
order by commitment_no;
