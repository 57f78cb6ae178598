-- CUR 2.0, the columns of its export in alphabetical order as AWS delivers them.
create or replace temp view cur2 as
select
    bill_type as bill_bill_type,
    billing_entity as bill_billing_entity,
    getvariable('period_end') as bill_billing_period_end_date,
    getvariable('period_start') as bill_billing_period_start_date,
    coalesce(invoice_id, '') as bill_invoice_id,
    legal_entity as bill_invoicing_entity,
    getvariable('payer_id') as bill_payer_account_id,
    getvariable('payer_name') as bill_payer_account_name,
    map {}::map(varchar, varchar) as cost_category,
    case
        when net_unblended_cost is null or edp_discount = 0 then map {}
        when private_discount = 0 then map {'edp_discount': -edp_discount}
        else map {'edp_discount': -edp_discount, 'private_rate_discount': -private_discount}
    end::map(varchar, decimal(28, 10)) as discount,
    if(net_unblended_cost is null, null, 0)::decimal(28, 10) as discount_bundled_discount,
    if(net_unblended_cost is null, null, -edp_discount - private_discount)::decimal(28, 10)
        as discount_total_discount,
    line_item_id as identity_line_item_id,
    time_interval as identity_time_interval,
    availability_zone as line_item_availability_zone,
    unblended_cost as line_item_blended_cost,
    unit_price_text as line_item_blended_rate,
    'USD' as line_item_currency_code,
    legal_entity as line_item_legal_entity,
    description as line_item_line_item_description,
    line_item_type as line_item_line_item_type,
    net_unblended_cost as line_item_net_unblended_cost,
    rtrim((unit_price * net_share)::varchar, '0') as line_item_net_unblended_rate,
    normalization_factor as line_item_normalization_factor,
    normalized_usage_amount as line_item_normalized_usage_amount,
    operation as line_item_operation,
    product_code as line_item_product_code,
    resource_id as line_item_resource_id,
    if(line_item_type = 'Tax', 'VAT', null) as line_item_tax_type,
    unblended_cost as line_item_unblended_cost,
    if(line_item_type = 'DiscountedUsage', '0.0', unit_price_text) as line_item_unblended_rate,
    account_id as line_item_usage_account_id,
    account_name as line_item_usage_account_name,
    usage_amount as line_item_usage_amount,
    ends_at as line_item_usage_end_date,
    starts_at as line_item_usage_start_date,
    usage_type as line_item_usage_type,
    'USD' as pricing_currency,
    if(kind = 'RI', lease, null) as pricing_lease_contract_length,
    if(kind = 'RI', offering_class, null) as pricing_offering_class,
    on_demand_cost as pricing_public_on_demand_cost,
    list_unit_price_text as pricing_public_on_demand_rate,
    if(kind = 'RI', payment_option, null) as pricing_purchase_option,
    sku || '.JRTCKXETXF.6YS6EN2CT7' as pricing_rate_code,
    if(sku is null, null, substr(line_item_id, 1, 12)) as pricing_rate_id,
    pricing_term,
    pricing_unit,
    coalesce(product_map, map {'product_name': product_name}) as product,
    null::varchar as product_comment,
    if(purpose = 'support', 'SupportFee', null) as product_fee_code,
    if(purpose = 'support', description, null) as product_fee_description,
    if(service_code = 'AWSDataTransfer', region_name, null) as product_from_location,
    if(service_code = 'AWSDataTransfer', 'AWS Region', null) as product_from_location_type,
    if(service_code = 'AWSDataTransfer', region, null) as product_from_region_code,
    instance_family as product_instance_family,
    instance_type as product_instance_type,
    null::varchar as product_instancesku,
    region_name as product_location,
    'AWS Region' as product_location_type,
    operation as product_operation,
    pricing_unit as product_pricing_unit,
    product_family as product_product_family,
    region as product_region_code,
    service_code as product_servicecode,
    sku as product_sku,
    if(service_code = 'AWSDataTransfer', 'External', null) as product_to_location,
    if(service_code = 'AWSDataTransfer', 'Other', null) as product_to_location_type,
    null::varchar as product_to_region_code,
    usage_type as product_usagetype,
    if(kind = 'RI', used_upfront, null) as reservation_amortized_upfront_cost_for_usage,
    if(kind = 'RI', fee_upfront, null) as reservation_amortized_upfront_fee_for_billing_period,
    if(offering = 'zonal', region || 'a', null) as reservation_availability_zone,
    if(kind = 'RI', used_upfront + used_recurring, null) as reservation_effective_cost,
    if(kind = 'RI', strftime(expires_at, '%Y-%m-%dT%H:%M:%S.000Z'), null)
        as reservation_end_time,
    if(kind = 'RI', 'Original', null) as reservation_modification_status,
    if(kind = 'RI', used_upfront * net_share, null)
        as reservation_net_amortized_upfront_cost_for_usage,
    if(kind = 'RI', fee_upfront * net_share, null)
        as reservation_net_amortized_upfront_fee_for_billing_period,
    if(kind = 'RI', (used_upfront + used_recurring) * net_share, null)
        as reservation_net_effective_cost,
    if(kind = 'RI', used_recurring * net_share, null) as reservation_net_recurring_fee_for_usage,
    if(kind = 'RI', unused_upfront * net_share, null)
        as reservation_net_unused_amortized_upfront_fee_for_billing_period,
    if(kind = 'RI', unused_recurring * net_share, null) as reservation_net_unused_recurring_fee,
    if(
        kind = 'RI' and fee_units is not null,
        capacity * upfront_price * term_hours * net_share, null
    ) as reservation_net_upfront_value,
    if(kind = 'RI', reserved_units::varchar, null) as reservation_normalized_units_per_reservation,
    if(kind = 'RI', reservation_count::varchar, null) as reservation_number_of_reservations,
    if(kind = 'RI', used_recurring, null) as reservation_recurring_fee_for_usage,
    if(kind = 'RI', arn, null) as reservation_reservation_a_r_n,
    if(kind = 'RI', strftime(committed_at, '%Y-%m-%dT%H:%M:%S.000Z'), null)
        as reservation_start_time,
    if(kind = 'RI', substr(plan_id::varchar, 1, 8), null) as reservation_subscription_id,
    if(kind = 'RI', fee_units::varchar, null) as reservation_total_reserved_normalized_units,
    if(kind = 'RI' and fee_units is not null, usage_amount::varchar, null)
        as reservation_total_reserved_units,
    if(
        kind = 'RI' and fee_units is not null, (usage_amount / reservation_count)::varchar, null
    ) as reservation_units_per_reservation,
    if(kind = 'RI', unused_upfront, null)
        as reservation_unused_amortized_upfront_fee_for_billing_period,
    if(kind = 'RI', fee_units - fee_used_units, null)
        as reservation_unused_normalized_unit_quantity,
    if(kind = 'RI', round((fee_units - fee_used_units) / reserved_units, 8), null)::decimal(18, 8)
        as reservation_unused_quantity,
    if(kind = 'RI', unused_recurring, null) as reservation_unused_recurring_fee,
    if(kind = 'RI' and fee_units is not null, capacity * upfront_price * term_hours, null)
        as reservation_upfront_value,
    coalesce(tags_map, map {}::map(varchar, varchar)) as resource_tags,
    if(kind = 'SP', fee_upfront, null)
        as savings_plan_amortized_upfront_commitment_for_billing_period,
    if(kind = 'SP', strftime(expires_at, '%Y-%m-%dT%H:%M:%S.000Z'), null)
        as savings_plan_end_time,
    if(offering = 'EC2InstanceSavingsPlans', 'm5', null) as savings_plan_instance_type_family,
    if(kind = 'SP', fee_upfront * net_share, null)
        as savings_plan_net_amortized_upfront_commitment_for_billing_period,
    if(line_item_type = 'SavingsPlanRecurringFee', net_unblended_cost, null)
        as savings_plan_net_recurring_commitment_for_billing_period,
    if(kind = 'SP', covered_units * net_share, null)
        as savings_plan_net_savings_plan_effective_cost,
    if(kind = 'SP', offering, null) as savings_plan_offering_type,
    if(kind = 'SP', payment_option, null) as savings_plan_payment_option,
    if(kind = 'SP', lease, null) as savings_plan_purchase_term,
    if(line_item_type = 'SavingsPlanRecurringFee', unblended_cost, null)
        as savings_plan_recurring_commitment_for_billing_period,
    if(kind = 'SP', if(offering = 'EC2InstanceSavingsPlans', 'ap-northeast-2', 'Any'), null)
        as savings_plan_region,
    if(kind = 'SP', arn, null) as savings_plan_savings_plan_a_r_n,
    if(kind = 'SP', covered_units, null) as savings_plan_savings_plan_effective_cost,
    if(kind = 'SP' and covered_units is not null, demand, null) as savings_plan_savings_plan_rate,
    if(kind = 'SP', strftime(committed_at, '%Y-%m-%dT%H:%M:%S.000Z'), null)
        as savings_plan_start_time,
    if(kind = 'SP', fee_units, null) as savings_plan_total_commitment_to_date,
    if(kind = 'SP', fee_used_units, null) as savings_plan_used_commitment,
    if(split_parent is null, null, usage_amount) as split_line_item_actual_usage,
    split_cost * net_share as split_line_item_net_split_cost,
    split_unused_cost * net_share as split_line_item_net_unused_cost,
    split_parent as split_line_item_parent_resource_id,
    split_cost as split_line_item_public_on_demand_split_cost,
    split_unused_cost as split_line_item_public_on_demand_unused_cost,
    if(split_parent is null, null, usage_amount) as split_line_item_reserved_usage,
    split_cost as split_line_item_split_cost,
    if(split_parent is null, null, usage_amount) as split_line_item_split_usage,
    split_ratio as split_line_item_split_usage_ratio,
    split_unused_cost as split_line_item_unused_cost,
    map {}::map(varchar, varchar) as tags,
    null::varchar as line_item_iam_principal,
    part_no
from line_items;
