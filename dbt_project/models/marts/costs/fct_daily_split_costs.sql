{{ config(partitioned_by=["organization_id", "billing_period"]) }}
select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    billing_account_id,
    sub_account_id,
    resource_id,
    allocated_resource_id,
    cast(charge_period_start as date) as charge_date,
    allocation_method,
    usage_type,
    billing_currency,
    any_value(allocated_tags) as allocated_tags,
    sum(allocated_cost) as allocated_cost,
    sum(unused_cost) as unused_cost,
    sum(allocated_quantity) as allocated_quantity
from {{ ref("int_split_costs_assigned") }}
group by all
