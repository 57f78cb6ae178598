{% set rates = "struct(pricing_unit_quantity decimal(38, 12), start_usage_amount decimal(38, 12), usd_amount decimal(38, 12), account_currency_amount decimal(38, 12))[]" %}
{% set wanted = {
    "text": [
        "account_currency_code",
        "billing_account_id",
        "pricing_unit",
        "service_description",
        "sku_description",
        "sku_id",
    ],
    "timestamp": ["export_time", "pricing_as_of_time"],
    rates: ["billing_account_price_tiered_rates", "list_price_tiered_rates"],
} %}
with
    landed as ({{ landed_rows("gcp", ["pricing"], wanted) }}),

    -- A snapshot that was exported twice on a day stands in it twice.
    newest as (
        select *
        from landed
        qualify
            row_number() over (
                partition by connection_id, billing_period, billing_account_id, sku_id
                order by coalesce(pricing_as_of_time, export_time) desc, export_time desc
            )
            = 1
    ),

    tiers as (select *, unnest({{ tier_starts() }}) as tier_start_quantity from newest),

    rated as (
        select
            *,
            {{ rate_at("list_price_tiered_rates") }} as list_rate,
            {{ rate_at("billing_account_price_tiered_rates") }} as account_rate
        from tiers
    )

select
    connection_id,
    company_id,
    provider,
    billing_period,
    delivery_id,
    billing_account_id,
    sku_id,
    concat_ws('/', sku_id, cast(tier_start_quantity as double)) as sku_price_id,
    sku_description as sku_meter,
    sku_description,
    service_description as service_name,
    cast(null as varchar) as region_name,
    case
        when sku_description like 'Commitment%' then 'Commitment' else 'Consumption'
    end as price_type,
    cast(null as varchar) as commitment_term,
    pricing_unit,
    coalesce(nullif(list_rate.pricing_unit_quantity, 0), 1) as block_size,
    tier_start_quantity,
    coalesce(account_currency_code, 'USD') as pricing_currency,
    {{ rate_amount("list_rate") }} as list_unit_price,
    {{ rate_amount("coalesce(account_rate, list_rate)") }} as contracted_unit_price,
    coalesce(pricing_as_of_time, export_time) as effective_at,
    cast(null as timestamp) as expires_at
from rated
