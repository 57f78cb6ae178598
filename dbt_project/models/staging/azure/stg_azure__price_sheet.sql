{% set wanted = {
    "text": [
        "billing_profile_id",
        "currency",
        "currency_code",
        "effective_end_date",
        "effective_start_date",
        "enrollment_number",
        "meter_category",
        "meter_id",
        "meter_name",
        "meter_region",
        "part_number",
        "price_type",
        "product",
        "product_id",
        "term",
        "unit_of_measure",
    ],
    "decimal": ["market_price", "tier_minimum_units", "unit_price"],
} %}
with landed as ({{ landed_rows("azure", ["price_sheet"], wanted) }})
select
    connection_id,
    company_id,
    provider,
    billing_period,
    delivery_id,
    coalesce(billing_profile_id, enrollment_number) as billing_account_id,
    coalesce(part_number, product_id) as sku_id,
    {{ azure_price_id() }} as sku_price_id,
    meter_name as sku_meter,
    product as sku_description,
    meter_category as service_name,
    meter_region as region_name,
    price_type,
    term as commitment_term,
    coalesce(units.unit, trim(landed.unit_of_measure)) as pricing_unit,
    cast(coalesce(units.block_size, 1) as decimal(38, 12)) as block_size,
    coalesce(tier_minimum_units, 0) as tier_start_quantity,
    coalesce(currency_code, currency) as pricing_currency,
    market_price as list_unit_price,
    unit_price as contracted_unit_price,
    {{ azure_timestamp("effective_start_date") }} as effective_at,
    {{ azure_timestamp("effective_end_date") }} as expires_at
from landed
left join
    {{ ref("azure_pricing_units") }} as units
    on lower(trim(landed.unit_of_measure)) = units.unit_of_measure
