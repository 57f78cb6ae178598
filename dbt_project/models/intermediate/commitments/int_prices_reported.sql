{{ config(partitioned_by=["billing_period"]) }}
{% set columns = (
    "connection_id, company_id, provider, billing_period, delivery_id, "
    "billing_account_id, sku_id, sku_price_id, sku_meter, sku_description, service_name, "
    "region_name, price_type, commitment_term, pricing_unit, block_size, "
    "tier_start_quantity, pricing_currency, list_unit_price, contracted_unit_price, "
    "effective_at, expires_at"
) %}
{% for model in var("reported")["prices"] %}
    select {{ columns }} from {{ ref(model) }} {{ "union all" if not loop.last }}
{% endfor %}
