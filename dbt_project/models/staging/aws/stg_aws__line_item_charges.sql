{# CUR tells prices in the bill's currency, unless it names another. #}
{% set pricing_currency = "coalesce(pricing_currency, line_item_currency_code)" %}
{% set is_priced_as_billed = pricing_currency ~ " = line_item_currency_code" %}
{% set is_of_commitment = "(line_part = 'unused' or pays_for_commitment)" %}
{% set commitment_type = "case when is_savings_plan then coalesce(savings_plan_offering_type, 'Savings Plan') when commitment_arn is not null then 'Reserved Instance' end" %}
{% set pricing_quantity = "case when charge_category in ('Usage', 'Purchase') and line_part = 'charge' then line_item_usage_amount end" %}
{% set list_unit_price = "case when charge_category = 'Usage' and line_part = 'charge' then nullif(pricing_public_on_demand_rate, 0) end" %}
select
    {{
        ledger_row(
            {
                "connection_id": "connection_id",
                "company_id": "company_id",
                "provider": "provider",
                "billing_period": "billing_period",
                "delivery_id": "delivery_id",
                "charge_id": "md5(concat_ws('|', connection_id, billing_period, identity_line_item_id, identity_time_interval, line_part))",
                "billing_period_start": "bill_billing_period_start_date",
                "billing_period_end": "bill_billing_period_end_date",
                "charge_period_start": "line_item_usage_start_date",
                "charge_period_end": "line_item_usage_end_date",
                "billing_account_id": "bill_payer_account_id",
                "billing_account_name": "bill_payer_account_name",
                "billing_account_type": "'Payer'",
                "sub_account_id": "line_item_usage_account_id",
                "sub_account_name": "line_item_usage_account_name",
                "sub_account_type": "'Linked Account'",
                "invoice_id": "bill_invoice_id",
                "invoice_issuer_name": "coalesce(bill_invoicing_entity, line_item_legal_entity)",
                "billing_currency": "line_item_currency_code",
                "pricing_currency": pricing_currency,
                "provider_name": "'AWS'",
                "publisher_name": "line_item_legal_entity",
                "host_provider_name": "'AWS'",
                "service_provider_name": "case when is_marketplace then line_item_legal_entity else 'AWS' end",
                "charge_category": "charge_category",
                "charge_class": "case when line_item_line_item_type = 'Refund' and line_item_usage_start_date < bill_billing_period_start_date then 'Correction' end",
                "charge_frequency": "case when charge_category = 'Usage' then 'Usage-Based' when charge_category = 'Purchase' and is_recurring then 'Recurring' else 'One-Time' end",
                "charge_description": "line_item_line_item_description",
                "pricing_category": "case when is_committed then 'Committed' when charge_category = 'Usage' and line_item_usage_type like '%Spot%' then 'Dynamic' when charge_category in ('Usage', 'Purchase') then 'Standard' end",
                "service_name": "product_name",
                "region_id": "product_region_code",
                "region_name": "coalesce(regions.region_name, product_region_code)",
                "availability_zone": "line_item_availability_zone",
                "resource_id": "case when "
                ~ is_of_commitment
                ~ " then commitment_arn else line_item_resource_id end",
                "resource_type": "case when "
                ~ is_of_commitment
                ~ " then "
                ~ commitment_type
                ~ " when line_item_resource_id is not null then product_product_family end",
                "sku_id": "case when charge_category != 'Tax' then product_sku end",
                "sku_meter": "case when charge_category != 'Tax' and product_sku is not null then line_item_usage_type end",
                "sku_price_id": "case when charge_category != 'Tax' then pricing_rate_code end",
                "commitment_discount_category": "case when commitment_arn is null then null when is_savings_plan then 'Spend' else 'Usage' end",
                "commitment_discount_id": "commitment_arn",
                "commitment_discount_status": "case when line_part = 'unused' then 'Unused' when is_committed then 'Used' end",
                "commitment_discount_type": commitment_type,
                "commitment_discount_unit": "case when commitment_arn is null or commitment_quantity is null then null when is_savings_plan then line_item_currency_code when has_normalized_units then 'Normalized Hours' else 'Hours' end",
                "consumed_unit": "case when charge_category = 'Usage' and line_part = 'charge' and not is_discount then pricing_unit end",
                "pricing_unit": "case when "
                ~ pricing_quantity
                ~ " is not null then pricing_unit end",
                "x_charge_type": "line_item_line_item_type",
                "x_service_code": "line_item_product_code",
                "x_operation": "line_item_operation",
                "x_usage_type": "line_item_usage_type",
                "x_instance_type": "product_instance_type",
                "x_operating_system": "operating_system",
                "x_commitment_owner_account_id": "nullif(split_part(commitment_arn, ':', 5), '')",
                "tags": "user_tags",
                "billed_cost": "billed_cost",
                "effective_cost": "effective_cost",
                "contracted_cost": "contracted_cost",
                "list_cost": "list_cost",
                "consumed_quantity": "case when charge_category = 'Usage' and line_part = 'charge' and not is_discount then line_item_usage_amount end",
                "pricing_quantity": pricing_quantity,
                "commitment_discount_quantity": "commitment_quantity",
                "list_unit_price": list_unit_price,
                "pricing_currency_effective_cost": "case when "
                ~ is_priced_as_billed
                ~ " then effective_cost end",
                "pricing_currency_list_unit_price": "case when "
                ~ is_priced_as_billed
                ~ " then "
                ~ list_unit_price
                ~ " end",
                "x_amortized_upfront_cost": "amortized_upfront_cost",
            }
        )
    }}
from {{ ref("stg_aws__line_item_costs") }} as costs
left join {{ ref("aws_regions") }} as regions on costs.product_region_code = regions.region_id
