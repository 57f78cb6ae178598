select
    connection_id,
    company_id,
    provider,
    billing_period,
    delivery_id,
    bill_payer_account_id as billing_account_id,
    line_item_usage_account_id as sub_account_id,
    line_item_resource_id as allocated_resource_id,
    split_line_item_parent_resource_id as resource_id,
    line_item_usage_start_date as charge_period_start,
    line_item_operation as allocation_method,
    line_item_usage_type as usage_type,
    line_item_currency_code as billing_currency,
    coalesce(split_line_item_net_split_cost, split_line_item_split_cost, 0) as allocated_cost,
    coalesce(split_line_item_net_unused_cost, split_line_item_unused_cost, 0) as unused_cost,
    coalesce(split_line_item_split_usage, 0) as allocated_quantity,
    user_tags as allocated_tags
from {{ ref("stg_aws__line_item_kinds") }}
where is_split_cost
