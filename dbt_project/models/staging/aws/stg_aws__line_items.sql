{# Raw columns by kind, under their CUR 2.0 names. A month's files need not have all of them. #}
{% set wanted = {
    'text': [
        'identity_line_item_id', 'identity_time_interval', 'bill_billing_entity', 'bill_invoice_id',
        'bill_invoicing_entity', 'bill_payer_account_id', 'bill_payer_account_name',
        'line_item_availability_zone', 'line_item_currency_code', 'line_item_legal_entity',
        'line_item_line_item_description', 'line_item_line_item_type', 'line_item_operation',
        'line_item_product_code', 'line_item_resource_id', 'line_item_usage_account_id',
        'line_item_usage_account_name', 'line_item_usage_type', 'pricing_currency',
        'pricing_rate_code', 'pricing_unit', 'product_instance_type', 'product_operating_system',
        'product_product_family', 'product_product_name', 'product_region_code',
        'product_servicecode', 'product_sku', 'reservation_reservation_a_r_n',
        'savings_plan_offering_type', 'savings_plan_savings_plan_a_r_n',
        'split_line_item_parent_resource_id',
    ],
    'timestamp': [
        'bill_billing_period_start_date', 'bill_billing_period_end_date',
        'line_item_usage_start_date', 'line_item_usage_end_date',
    ],
    'decimal': [
        'line_item_unblended_cost', 'line_item_net_unblended_cost', 'line_item_usage_amount',
        'line_item_normalized_usage_amount', 'pricing_public_on_demand_cost',
        'pricing_public_on_demand_rate',
        'reservation_effective_cost', 'reservation_net_effective_cost',
        'reservation_amortized_upfront_fee_for_billing_period',
        'reservation_net_amortized_upfront_fee_for_billing_period',
        'reservation_unused_amortized_upfront_fee_for_billing_period',
        'reservation_net_unused_amortized_upfront_fee_for_billing_period',
        'reservation_unused_recurring_fee', 'reservation_net_unused_recurring_fee',
        'reservation_unused_quantity', 'reservation_unused_normalized_unit_quantity',
        'reservation_total_reserved_normalized_units',
        'savings_plan_savings_plan_effective_cost', 'savings_plan_net_savings_plan_effective_cost',
        'savings_plan_total_commitment_to_date', 'savings_plan_used_commitment',
        'savings_plan_amortized_upfront_commitment_for_billing_period',
        'savings_plan_net_amortized_upfront_commitment_for_billing_period',
        'savings_plan_net_recurring_commitment_for_billing_period',
        'split_line_item_split_usage', 'split_line_item_split_cost', 'split_line_item_unused_cost',
        'split_line_item_net_split_cost', 'split_line_item_net_unused_cost',
    ],
    'map': ['product', 'resource_tags', 'tags'],
} %}
with landed as ({{ landed_rows('aws', ['cur1', 'cur2'], wanted) }})
select
    *,
    coalesce(line_item_operation in ('EKSPod-EC2', 'ECSTask-EC2'), false) as is_split_cost,
    line_item_line_item_type like '%Discount' as is_discount,
    line_item_line_item_type
    in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation') as is_plan_fold,
    coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n) as commitment_arn,
    coalesce(line_item_unblended_cost, 0) as unblended_cost,
    case
        when is_discount and has_net_costs
        then coalesce(line_item_net_unblended_cost, 0)
        else coalesce(line_item_net_unblended_cost, line_item_unblended_cost, 0)
    end as net_cost,
    coalesce(nullif(pricing_public_on_demand_cost, 0), line_item_unblended_cost, 0) as on_demand_cost,
    case line_item_line_item_type
        when 'SavingsPlanRecurringFee'
        then true
        when 'SavingsPlanUpfrontFee'
        then true
        when 'Fee'
        then reservation_reservation_a_r_n is not null
        -- Some services bill reservations without amortisation columns: their fee stays a cost.
        when 'RIFee'
        then
            coalesce(
                reservation_unused_recurring_fee, reservation_amortized_upfront_fee_for_billing_period
            ) is not null
        when 'Refund'
        then
            coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n) is not null
            or coalesce(
                line_item_product_code = 'ComputeSavingsPlans'
                and line_item_line_item_description like 'Refund for one-time fee%',
                false
            )
        else false
    end as pays_for_commitment,
    coalesce(product_product_name, product['product_name']) as product_name,
    coalesce(product_operating_system, product['operating_system']) as operating_system,
    {{ own_tags('coalesce(resource_tags, tags)') }} as user_tags
from landed
