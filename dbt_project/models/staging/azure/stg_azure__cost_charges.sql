{% set is_priced = "charge_category in ('Usage', 'Purchase') and not is_unused" %}
{% set price = "case when " ~ is_priced ~ " then if(charge_category = 'Purchase', paid_price, " %}
{% set list_unit_price = price ~ "list_price) end" %}
{% set contracted_unit_price = price ~ "contracted_price) end" %}
{% set to_pricing_currency = " / nullif(exchange_rate, 0)" %}
select
    {{
        ledger_row(
            {
                "connection_id": "connection_id",
                "company_id": "company_id",
                "provider": "provider",
                "billing_period": "billing_period",
                "delivery_id": "delivery_id",
                "charge_id": "md5(concat_ws('|', connection_id, billing_period, export_part, landed_row_id))",
                "billing_period_start": azure_timestamp("billing_period_start_date"),
                "billing_period_end": azure_timestamp("billing_period_end_date")
                ~ " + interval 1 day",
                "charge_period_start": azure_timestamp('"date"'),
                "charge_period_end": azure_timestamp('"date"') ~ " + interval 1 day",
                "billing_account_id": "case when is_customer_agreement then coalesce(billing_profile_id, billing_account_id) else billing_account_id end",
                "billing_account_name": "case when is_customer_agreement then coalesce(billing_profile_name, billing_account_name) else billing_account_name end",
                "billing_account_type": "case when is_customer_agreement then 'Billing Profile' else 'Billing Account' end",
                "sub_account_id": "nullif(lower(subscription_id), '00000000-0000-0000-0000-000000000000')",
                "sub_account_name": "subscription_name",
                "sub_account_type": "case when subscription_id is not null then 'Subscription' end",
                "invoice_id": "invoice_id",
                "invoice_issuer_name": "coalesce(reseller_name, 'Microsoft')",
                "billing_currency": "currency_code",
                "pricing_currency": "coalesce(pricing_currency, currency_code)",
                "provider_name": "'Microsoft'",
                "publisher_name": "coalesce(publisher_name, 'Microsoft')",
                "host_provider_name": "'Microsoft'",
                "service_provider_name": "case when publisher_type ilike 'marketplace' then coalesce(publisher_name, 'Microsoft') else 'Microsoft' end",
                "charge_category": "charge_category",
                "charge_class": "case when charge_word = 'refund' and previous_invoice_id is not null then 'Correction' end",
                "charge_frequency": "case when charge_category = 'Usage' then 'Usage-Based' when frequency ilike 'recurring' then 'Recurring' else 'One-Time' end",
                "charge_description": "coalesce(product_name, product, meter_name)",
                "pricing_category": "case when is_committed then 'Committed' when charge_category = 'Usage' and model_word = 'spot' then 'Dynamic' when charge_category in ('Usage', 'Purchase') then 'Standard' end",
                "region_id": "known_region_id",
                "region_name": "known_region_name",
                "availability_zone": "availability_zone",
                "resource_id": "case when commitment_type is not null and (is_unused or pays_for_commitment) then commitment_id else lower(resource_id) end",
                "resource_name": "coalesce(resource_name, nullif(string_split(resource_id, '/')[-1], ''))",
                "resource_type": "coalesce(known_resource_type, resource_type_id)",
                "sku_id": "case when charge_category != 'Tax' then coalesce(part_number, product_id, meter_id) end",
                "sku_meter": "case when charge_category != 'Tax' then meter_name end",
                "sku_price_id": "case when charge_category != 'Tax' then "
                ~ azure_price_id()
                ~ " end",
                "commitment_discount_category": "case commitment_type when 'Savings Plan' then 'Spend' when 'Reservation' then 'Usage' end",
                "commitment_discount_id": "case when commitment_type is not null then commitment_id end",
                "commitment_discount_name": "case when commitment_type is not null then coalesce(benefit_name, reservation_name) end",
                "commitment_discount_status": "case when is_unused then 'Unused' when is_committed then 'Used' end",
                "commitment_discount_type": "commitment_type",
                "commitment_discount_unit": "case commitment_type when 'Savings Plan' then currency_code when 'Reservation' then unit end",
                "consumed_unit": "case when charge_category = 'Usage' and not is_unused then unit end",
                "pricing_unit": "case when "
                ~ is_priced
                ~ " then case when block_size = 1 then unit else block_size || ' ' || unit end end",
                "x_charge_type": "charge_type",
                "x_service_code": "service_key",
                "x_operation": "meter_sub_category",
                "x_usage_type": "meter_name",
                "x_instance_type": "case when json_valid(additional_info) then json_extract_string(additional_info, '$.ServiceType') end",
                "x_operating_system": "case when meter_category = 'Virtual Machines' then case when contains(lower(meter_sub_category), 'windows') then 'Windows' else 'Linux' end end",
                "x_commitment_owner_account_id": "case when pays_for_commitment then lower(subscription_id) end",
                "tags": azure_tags("tags"),
                "billed_cost": "billed",
                "effective_cost": "effective",
                "contracted_cost": "case when is_unused then 0 when charge_category = 'Usage' then coalesce(contracted_by_price, line_cost) else line_cost end",
                "list_cost": "case when is_unused then 0 when charge_category = 'Usage' then coalesce(nullif(payg_cost_in_billing_currency, 0), list_by_price, line_cost) else line_cost end",
                "consumed_quantity": "case when charge_category = 'Usage' and not is_unused then unit_quantity end",
                "pricing_quantity": "case when " ~ is_priced ~ " then quantity end",
                "commitment_discount_quantity": "case commitment_type when 'Savings Plan' then line_cost when 'Reservation' then unit_quantity end",
                "list_unit_price": list_unit_price,
                "contracted_unit_price": contracted_unit_price,
                "pricing_currency_effective_cost": "case when pays_for_commitment then 0 else coalesce(cost_in_pricing_currency, effective"
                ~ to_pricing_currency
                ~ ") end",
                "pricing_currency_list_unit_price": "("
                ~ list_unit_price
                ~ ")"
                ~ to_pricing_currency,
                "pricing_currency_contracted_unit_price": "("
                ~ contracted_unit_price
                ~ ")"
                ~ to_pricing_currency,
                "x_amortized_upfront_cost": prepaid_cost_drawn(
                    "effective",
                    "billed",
                    "pays_for_commitment or is_committed",
                    "pays_for_commitment and commitment_id is not null and not coalesce(frequency ilike 'recurring', false)",
                ),
            }
        )
    }}
from {{ ref("stg_azure__bill_lines") }}
