-- Marketplace, support, refunds, credit, rounding: in both exports.
create or replace temp table other_lines as
with listed as (
    select unnest([
        {'name': 'Elastic Cloud (Elasticsearch 서비스)', 'type': 'Purchase', 'category': 'SaaS',
            'publisher': 'Elastic', 'account_no': 1, 'day_no': 1, 'cost': 450,
            'billed': true},
        {'name': 'Azure Support Plan - Standard', 'type': 'Purchase', 'category': 'Azure Support',
            'publisher': 'Microsoft', 'account_no': 0, 'day_no': 1, 'cost': 100,
            'billed': true},
        {'name': 'SQL Database SLA refund', 'type': 'Refund', 'category': 'SQL Database',
            'publisher': 'Microsoft', 'account_no': 1, 'day_no': 1, 'cost': -12.4,
            'billed': getvariable('is_last')},
        {'name': 'Azure service credit: 장애 보상 (SLA)', 'type': 'Refund',
            'category': 'Virtual Machines', 'publisher': 'Microsoft', 'account_no': 1,
            'day_no': 28, 'cost': -61.35, 'billed': getvariable('has_late_refund')},
        {'name': 'Azure prepayment credit', 'type': 'Credit', 'category': 'Credit',
            'publisher': 'Microsoft', 'account_no': 0, 'day_no': 1, 'cost': -30,
            'billed': getvariable('agreement') = 'mca'},
        {'name': 'Rounding adjustment', 'type': 'RoundingAdjustment', 'category': 'Adjustment',
            'publisher': 'Microsoft', 'account_no': 0, 'day_no': 28, 'cost': -0.004321,
            'billed': getvariable('is_final') and getvariable('agreement') = 'ea'}
    ], recursive := true)
)
select
    listed.name as product_name,
    listed.type as charge_type,
    listed.category as meter_category,
    listed.publisher as publisher_name,
    accounts.account_id,
    accounts.account_name,
    accounts.workload,
    'OnDemand' as pricing_model,
    if(listed.type = 'Purchase', 'Recurring', 'OneTime') as frequency,
    if(listed.publisher = 'Microsoft', 'Azure', 'Marketplace') as publisher_type,
    getvariable('period_start')::date + (day_no - 1)::integer as day,
    if(listed.category = 'SaaS', concat(
        '/subscriptions/', account_id, '/resourceGroups/rg-', workload,
        '/providers/Microsoft.SaaS/resources/elastic'
    ), null) as resource_id,
    if(listed.category = 'SaaS', 'Microsoft.SaaS', null) as consumed_service,
    has_previous_invoice,
    1::decimal(28, 6) as quantity,
    -- Azure's exports give no price for what Marketplace sells.
    if(listed.publisher = 'Microsoft', cost, 0)::decimal(28, 6) as line_price,
    cost::decimal(28, 12) as actual_cost,
    cost::decimal(28, 12) as amortized_cost
from (select *, type = 'Refund' and cost < -50 as has_previous_invoice from listed) as listed
inner join accounts on accounts.account_no = listed.account_no
where billed and getvariable('period_start')::date + (day_no - 1)::integer in (select day from days)
order by product_name;

-- Korean VAT of a customer agreement, in whole cents, once the invoice is out.
create or replace temp table tax_lines as
with taxable as (
    select sum(actual_cost) as cost from usage_lines
    union all
    select sum(actual_cost) from payment_lines
    union all
    select sum(actual_cost) from other_lines where publisher_type = 'Azure'
)
select
    'Tax' as charge_type,
    'VAT (10 %)' as product_name,
    'Tax' as meter_category,
    account_id,
    account_name,
    'OneTime' as frequency,
    (getvariable('period_end') - interval 1 day)::date as day,
    1::decimal(28, 6) as quantity,
    round(sum(cost) * 0.1, 2)::decimal(28, 6) as line_price,
    round(sum(cost) * 0.1, 2)::decimal(28, 12) as actual_cost,
    round(sum(cost) * 0.1, 2)::decimal(28, 12) as amortized_cost
from taxable
cross join accounts
where account_no = 0 and getvariable('is_final') and getvariable('agreement') = 'mca'
group by account_id, account_name;
