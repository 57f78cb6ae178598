-- Support, Marketplace and corrections. A correction of a closed month stands on this invoice.
create or replace temp table other_rows as
with listed as (
    select unnest([
        {'service_id': '2062-016F-44A2', 'service': 'Support', 'sku': 'Enhanced Support',
            'cost': 250, 'account_no': 0, 'seller': null, 'days_from': 0, 'days_until': 28,
            'known_after': 28, 'cost_type': 'regular', 'adjustment': null, 'mode': null},
        {'service_id': '8D7F-31A6-0C5E', 'service': 'MongoDB Atlas (관리형 데이터베이스)',
            'sku': 'MongoDB Atlas monthly commitment', 'cost': 320, 'account_no': 1,
            'seller': 'MongoDB', 'days_from': 0, 'days_until': 1, 'known_after': 2,
            'cost_type': 'regular', 'adjustment': null, 'mode': null},
        {'service_id': '6F81-5844-456A', 'service': 'Compute Engine',
            'sku': 'N2 Instance Core running in Seoul', 'cost': -17.5, 'account_no': 1,
            'seller': null, 'days_from': -20, 'days_until': -19, 'known_after': 4,
            'cost_type': 'adjustment', 'adjustment': '장애 보상 (SLA)',
            'mode': 'MANUAL_ADJUSTMENT'},
        {'service_id': '95FF-2EF5-5EA1', 'service': 'Cloud Storage',
            'sku': 'Standard Storage Seoul', 'cost': -2.25, 'account_no': 1, 'seller': null,
            'days_from': 4, 'days_until': 5, 'known_after': 8, 'cost_type': 'regular',
            'adjustment': 'Price correction', 'mode': 'PARTIAL_CORRECTION'}
    ], recursive := true)
)
select
    listed.* exclude (cost, days_from, days_until, known_after, account_no, seller, adjustment),
    if(account_no = 0, null, account_id) as account_id,
    if(account_no = 0, null, account_name) as account_name,
    if(account_no = 0, null, workload) as workload,
    upper(substr(md5(sku), 1, 4) || '-' || substr(md5(sku), 5, 4) || '-' || substr(md5(sku), 9, 4))
        as sku_id,
    seller as seller_name,
    adjustment as adjustment_description,
    getvariable('month_start') + to_days(days_from) as starts_at,
    getvariable('month_start') + to_days(days_until) as ends_at,
    getvariable('month_start') + to_days(known_after) as export_time,
    cost::decimal(28, 6) as cost,
    cost::decimal(28, 6) as cost_at_default
from listed
inner join accounts using (account_no)
order by service, cost;

create or replace temp view billed_rows as
select *
from (
    from usage_rows
    union all by name
    from fleet_rows
    union all by name
    from fee_rows
    union all by name
    from other_rows
)
-- The table is only ever added to: what has not arrived yet is not there.
where export_time <= getvariable('delivered_at');

-- Korean VAT in whole cents, and what rounds the invoice to whole cents, once it is out.
create or replace temp table invoice_rows as
with net as (
    select
        sum(cost + coalesce(list_sum(list_transform(credits, lambda credit: credit.amount)), 0))
        ::decimal(28, 6) as cost
    from billed_rows
),
closing as (
    select 'tax' as cost_type, 'Tax' as sku, round(cost * 0.1, 2)::decimal(28, 6) as cost
    from net
    union all
    select 'rounding_error', 'Rounding error', (round(cost, 2) - cost)::decimal(28, 6)
    from net
)
select
    *,
    '5E1D-0F3A-77B2' as service_id,
    'Invoice' as service,
    upper(substr(md5(sku), 1, 4) || '-' || substr(md5(sku), 5, 4) || '-' || substr(md5(sku), 9, 4))
        as sku_id,
    getvariable('month_end') - interval 1 day as starts_at,
    getvariable('month_end') as ends_at,
    getvariable('delivered_at') - interval 1 hour as export_time,
    cost as cost_at_default
from closing
where getvariable('is_final') and cost <> 0
order by cost_type;
