-- The fees of commitments, day by day, in no project. The new spend model takes off the fee what it
-- has billed of covered use.
create or replace temp table fee_rows as
select
    service_id,
    service,
    upper(concat_ws('-', substr(code, 1, 4), substr(code, 5, 4), substr(code, 9, 4))) as sku_id,
    fee_sku as sku,
    if(kind = 'resource', 'asia-northeast3', null) as region,
    if(kind = 'resource', 'KR', null) as country,
    subscription_id,
    days.starts_at,
    days.ends_at,
    days.ends_at + interval 3 hour as export_time,
    if(kind = 'resource', 'seconds', 'count') as usage_unit,
    if(kind = 'resource', meters.pricing_unit, 'count') as pricing_unit,
    if(kind = 'resource', meters.unit_factor, 1)::double as unit_factor,
    1 as pricing_quantity,
    -- A spend commitment's fee counts cents of the spend it is worth.
    (units * if(kind = 'resource', 1, 100))::decimal(28, 6) as amount,
    if(kind = 'resource', fees.price, fees.price / 100)::decimal(28, 9) as price,
    round(units * fees.price, 6)::decimal(28, 6) as cost,
    round(units * fees.price, 6)::decimal(28, 6) as cost_at_default,
    if(
        kind = 'spend' and units > unused_units,
        [discount('Fee utilization offset', 'FEE_UTILIZATION_OFFSET', units - unused_units)],
        []
    ) as credits
from (
    select
        commitments.*,
        commitment_days.* exclude (commitment_no),
        md5(fee_sku) as code
    from commitment_days
    inner join commitments using (commitment_no)
) as fees
inner join days using (day)
inner join (select meter_no, pricing_unit, unit_factor from meters) as meters using (meter_no)
order by commitment_no, day;
