{% set rates = "struct(pricing_unit_quantity decimal(38, 12), start_usage_amount decimal(38, 12), usd_amount decimal(38, 12), account_currency_amount decimal(38, 12))[]" %}
{% set models = (
    "struct(consumption_model_id varchar, consumption_model_display_name varchar, list_price "
    ~ rates
    ~ ", billing_account_price "
    ~ rates
    ~ ")[]"
) %}
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
    models: ["consumption_model_prices"],
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

    of_models as (select *, unnest(consumption_model_prices) as model from newest),

    -- Under a spend-based commitment a SKU has a price of its own; the default model is no other.
    committed as (
        select
            * exclude (model) replace (
                model.list_price as list_price_tiered_rates,
                model.billing_account_price as billing_account_price_tiered_rates
            ),
            model.consumption_model_id as model_id,
            {{ spend_commitment_type("model") }} as price_type,
            {{ spend_commitment_term("model") }} as commitment_term
        from of_models
    ),

    prices as (
        select
            *,
            cast(null as varchar) as model_id,
            case
                when sku_description like 'Commitment%' then 'Commitment' else 'Consumption'
            end as price_type,
            cast(null as varchar) as commitment_term
        from newest
        union all
        select *
        from committed
        where commitment_term is not null
    ),

    tiers as (select *, unnest({{ tier_starts() }}) as tier_start_quantity from prices),

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
    concat_ws('/', sku_id, cast(tier_start_quantity as double), model_id) as sku_price_id,
    sku_description as sku_meter,
    sku_description,
    service_description as service_name,
    cast(null as varchar) as region_name,
    price_type,
    commitment_term,
    pricing_unit,
    coalesce(nullif(list_rate.pricing_unit_quantity, 0), 1) as block_size,
    tier_start_quantity,
    coalesce(account_currency_code, 'USD') as pricing_currency,
    {{ rate_amount("list_rate") }} as list_unit_price,
    {{ rate_amount("coalesce(account_rate, list_rate)") }} as contracted_unit_price,
    coalesce(pricing_as_of_time, export_time) as effective_at,
    cast(null as timestamp) as expires_at
from rated
