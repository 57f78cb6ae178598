{% set region = "coalesce(location_region, location_location)" %}
{% set commitment_type = (
    "case when is_spend then 'Spend-based CUD' else 'Resource-based CUD' end"
) %}
{% set is_priced = "(is_metered or charge_category = 'Purchase') and priced_quantity > 0" %}
{% set list_unit_price = (
    "case when "
    ~ is_priced
    ~ " and gross_list_cost >= 0 then gross_list_cost / priced_quantity end"
) %}
{% set contracted_unit_price = (
    "case when "
    ~ is_priced
    ~ " and gross_contracted_cost >= 0 then gross_contracted_cost / priced_quantity end"
) %}
{% set to_pricing_currency = " / nullif(currency_conversion_rate, 0)" %}
select
    {{
        ledger_row(
            {
                "connection_id": "connection_id",
                "company_id": "company_id",
                "provider": "provider",
                "billing_period": "billing_period",
                "delivery_id": "delivery_id",
                "charge_id": "md5(concat_ws('|', connection_id, billing_period, landed_row_id, line_part))",
                "billing_period_start": "month_start",
                "billing_period_end": "month_start + interval 1 month",
                "charge_period_start": "usage_start_time",
                "charge_period_end": "usage_end_time",
                "billing_account_id": "billing_account_id",
                "billing_account_type": "'Billing Account'",
                "sub_account_id": "project_id",
                "sub_account_name": "project_name",
                "sub_account_type": "case when project_id is not null then 'Project' end",
                "invoice_issuer_name": "'Google Cloud'",
                "billing_currency": "currency",
                "pricing_currency": "case when currency_conversion_rate is not null then 'USD' end",
                "provider_name": "'Google Cloud'",
                "publisher_name": "publisher",
                "host_provider_name": "'Google Cloud'",
                "service_provider_name": "publisher",
                "charge_category": "charge_category",
                "charge_class": "case when is_correction then 'Correction' end",
                "charge_frequency": "case charge_category when 'Usage' then 'Usage-Based' when 'Purchase' then 'Recurring' else 'One-Time' end",
                "charge_description": "coalesce(promotion.full_name, promotion.name, adjustment_info_description, sku_description)",
                "pricing_category": "case when is_committed then 'Committed' when is_metered and (sku_description ilike '%spot%' or sku_description ilike '%preemptible%') then 'Dynamic' when charge_category in ('Usage', 'Purchase') then 'Standard' end",
                "service_name": "service_description",
                "region_id": region,
                "region_name": "coalesce(regions.region_name, " ~ region ~ ")",
                "availability_zone": "location_zone",
                "resource_id": "case when is_fee then commitment_id else coalesce(resource_global_name, resource_name) end",
                "resource_name": "case when not is_fee then resource_name end",
                "resource_type": "case when is_fee then "
                ~ commitment_type
                ~ " else "
                ~ gcp_resource_type("resource_global_name")
                ~ " end",
                "sku_id": "case when charge_category <> 'Tax' then sku_id end",
                "sku_meter": "case when charge_category <> 'Tax' then sku_description end",
                "sku_price_id": "case when charge_category <> 'Tax' then concat_ws('/', sku_id, price_tier_start_amount::double, consumption_model_id) end",
                "commitment_discount_category": "case when has_commitment and is_spend then 'Spend' when has_commitment then 'Usage' end",
                "commitment_discount_id": "case when has_commitment then commitment_id end",
                "commitment_discount_status": "case when line_part = 'unused' then 'Unused' when is_used then 'Used' end",
                "commitment_discount_type": "case when has_commitment then "
                ~ commitment_type
                ~ " end",
                "commitment_discount_unit": "case when has_commitment and is_spend then currency when has_commitment then usage_pricing_unit end",
                "consumed_unit": "case when is_metered then usage_unit end",
                "pricing_unit": "case when is_metered or charge_category = 'Purchase' then usage_pricing_unit end",
                "x_charge_type": "case when promotion is not null then promotion.type else coalesce(cost_type, 'regular') end",
                "x_service_code": "service_description",
                "x_usage_type": "sku_description",
                "tags": "case when cardinality(user_tags) > 0 then user_tags end",
                "billed_cost": "billed_cost",
                "effective_cost": "effective_cost",
                "contracted_cost": "contracted_cost",
                "list_cost": "list_cost",
                "consumed_quantity": "case when not is_metered then null when line_share = 1 then usage_amount else cast(usage_amount::double * line_share as decimal(38, 12)) end",
                "pricing_quantity": "case when is_metered then priced_quantity * line_share when charge_category = 'Purchase' then priced_quantity end",
                "commitment_discount_quantity": "commitment_quantity",
                "list_unit_price": list_unit_price,
                "contracted_unit_price": contracted_unit_price,
                "pricing_currency_effective_cost": "effective_cost" ~ to_pricing_currency,
                "pricing_currency_list_unit_price": "("
                ~ list_unit_price
                ~ ")"
                ~ to_pricing_currency,
                "pricing_currency_contracted_unit_price": "("
                ~ contracted_unit_price
                ~ ")"
                ~ to_pricing_currency,
                "x_amortized_upfront_cost": "0",
            }
        )
    }}
from {{ ref("stg_gcp__line_prices") }}
left join
    {{ ref("gcp_regions") }} as regions
    on coalesce(location_region, location_location) = regions.region_id
