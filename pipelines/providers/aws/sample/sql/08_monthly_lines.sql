-- Rows that cover the whole month: discounts as rows, support, Marketplace, credit, refunds, tax.
create or replace temp table monthly_charges as
with support as (
    select
        -- Rounding a sum gives 38 digits with two decimals, and a union of it with ten decimals
        -- quietly cuts those to two.
        greatest(100, round(sum(unblended_cost - edp_discount - private_discount) * 0.07, 2))
        ::decimal(28, 10) as fee
    from charge_totals
)
select
    'EdpDiscount' as line_item_type,
    account_id,
    account_name,
    product_code,
    product_name,
    service_code,
    'Enterprise Discount Program Discount for ' || product_name as description,
    -edp_discount as unblended_cost,
    'discount' as purpose
from charge_totals
where getvariable('has_discount_rows') and edp_discount <> 0
union all
select
    'PrivateRateDiscount', account_id, account_name, product_code, product_name, service_code,
    'Private Rate Card Discount for ' || product_name, -private_discount, 'discount'
from charge_totals
where getvariable('has_discount_rows') and private_discount <> 0
union all
select
    'Fee', account_id, account_name, 'AWSSupportBusiness', 'AWS Support (Business)',
    'AWSSupportBusiness', 'AWS Support (Business) monthly fee', fee, 'support'
from support cross join accounts
where account_no = 0
union all
select
    'Fee', account_id, account_name, '8k2x5e3v1qz0m7r4t9', 'Datadog Pro (SaaS 구독)', null,
    'AWS Marketplace monthly subscription: Datadog Pro, 40 hosts', 600, 'marketplace'
from accounts
where account_no = 1
union all
select
    'Credit', account_id, account_name, 'AmazonEC2', 'Amazon Elastic Compute Cloud', 'AmazonEC2',
    'AWS Activate promotional credit', -25, 'credit'
from accounts
where account_no = 1
union all
select
    'Refund', account_id, account_name, 'AmazonS3', 'Amazon Simple Storage Service', 'AmazonS3',
    'Refund for duplicate S3 requests', -3.21, 'refund'
from accounts
where account_no = 1 and getvariable('is_last')
union all
select
    'Refund', account_id, account_name, 'AmazonRDS', 'Amazon Relational Database Service',
    'AmazonRDS', 'Refund for service credit: 장애 보상 (SLA)', -48.5, 'late refund'
from accounts
where account_no = 1 and getvariable('has_late_refund');

-- Korean VAT per account and product, in whole cents. Until the bill is final some is missing.
create or replace temp table tax_charges as
with taxable as (
    select
        account_id,
        account_name,
        product_code,
        product_name,
        service_code,
        unblended_cost
        - if(getvariable('has_discount_rows'), 0, edp_discount + private_discount) as cost
    from charge_totals
    union all
    select account_id, account_name, product_code, product_name, service_code, unblended_cost
    from monthly_charges
    where purpose in ('discount', 'support')
)
select
    'Tax' as line_item_type,
    account_id,
    account_name,
    product_code,
    any_value(product_name order by product_name) as product_name,
    any_value(service_code order by service_code) as service_code,
    'Tax for product code ' || product_code as description,
    round(sum(cost) * 0.1, 2)::decimal(28, 10) as unblended_cost,
    'tax' as purpose
from taxable
group by account_id, account_name, product_code
having sum(cost) >= 0.05
    and (getvariable('is_final') or product_code not in ('AmazonS3', 'AmazonCloudWatch'))
order by account_id, product_code;

create or replace temp view monthly_lines as
select
    * exclude (unblended_cost),
    md5(concat_ws('/', line_item_type, account_id, product_code, purpose)) as line_item_id,
    getvariable('period_start') as starts_at,
    getvariable('period_end') as ends_at,
    strftime(getvariable('period_start'), '%Y-%m-%dT%H:%M:%SZ') || '/'
    || strftime(getvariable('period_end'), '%Y-%m-%dT%H:%M:%SZ') as time_interval,
    product_name as service_name,
    'ap-northeast-2' as region,
    'Asia Pacific (Seoul)' as region_name,
    1::decimal(18, 8) as usage_amount,
    unblended_cost::decimal(28, 10) as unblended_cost
from (from monthly_charges union all by name from tax_charges);

-- Containers' shares of the first machine's cost. They repeat it and cost nothing themselves.
create or replace temp view split_lines as
with pods as (
    select unnest([
        {'pod': 'checkout-7d9f', 'share': 0.25, 'idle': 0.10},
        {'pod': '추천엔진-5c4b', 'share': 0.35, 'idle': 0.30}
    ], recursive := true)
)
select
    usage_lines.* exclude (unblended_cost, on_demand_cost, normalized_usage_amount, usage_amount)
    replace (
        md5(line_item_id || pod) as line_item_id,
        if(getvariable('export') = 'cur2-csv', 'ECSTask-EC2', 'EKSPod-EC2') as operation,
        if(getvariable('export') = 'cur2-csv', 'AmazonECS', 'AmazonEKS') as product_code,
        if(
            getvariable('export') = 'cur2-csv',
            'arn:aws:ecs:' || region || ':' || account_id || ':task/hanbit/' || pod,
            'arn:aws:eks:' || region || ':' || account_id || ':pod/hanbit/shop/' || pod || '/'
            || substr(md5(pod), 1, 8)
        ) as resource_id,
        pod || ' container usage' as description
    ),
    0::decimal(28, 10) as unblended_cost,
    0::decimal(28, 10) as on_demand_cost,
    (usage_amount * share)::decimal(18, 8) as usage_amount,
    resource_id as split_parent,
    share::double as split_ratio,
    (usage_lines.unblended_cost * share)::decimal(28, 10) as split_cost,
    (usage_lines.unblended_cost * idle)::decimal(28, 10) as split_unused_cost
from usage_lines cross join pods
where resource_no = 1 and getvariable('export') in ('cur2-parquet', 'cur2-csv');
