{# Raw columns by kind. Names are compared without case; what only one agreement has is null for others. #}
{% set wanted = {
    'text': [
        'landed_export', 'additional_info', 'availability_zone', 'benefit_id', 'benefit_name',
        'billing_account_id', 'billing_account_name', 'billing_currency', 'billing_currency_code',
        'billing_period_end_date', 'billing_period_start_date', 'billing_profile_id',
        'billing_profile_name', 'charge_type', 'consumed_service', 'date', 'frequency', 'invoice_id',
        'location', 'meter_category', 'meter_id', 'meter_name', 'meter_sub_category', 'part_number',
        'previous_invoice_id', 'pricing_currency', 'pricing_model', 'product', 'product_id',
        'product_name', 'product_order_id', 'publisher_name', 'publisher_type', 'reseller_name',
        'reservation_id', 'reservation_name', 'resource_id', 'resource_location',
        'resource_location_normalized', 'resource_name', 'subscription_id', 'subscription_name',
        'tags', 'unit_of_measure',
    ],
    'decimal': [
        'cost', 'cost_in_billing_currency', 'cost_in_pricing_currency',
        'exchange_rate_pricing_to_billing', 'payg_cost_in_billing_currency', 'payg_price', 'quantity',
        'unit_price',
    ],
} %}
with
    landed as ({{ landed_rows('azure', ['cost'], wanted) }}),

    named as (
        select
            *,
            -- Parquet lies under the provider's own files, which are named by their export.
            coalesce(landed_export, split_part(landed_row_id, '-', 1)) as export_part,
            lower(charge_type) as charge_word,
            lower(replace(pricing_model, ' ', '')) as model_word,
            coalesce(cost_in_billing_currency, cost, 0) as line_cost,
            coalesce(billing_currency_code, landed.billing_currency) as currency_code,
            contains(billing_account_id, ':') as is_customer_agreement,
            -- The id of an order without a reservation ends in an empty part.
            regexp_replace(
                lower(coalesce(benefit_id, reservation_id, product_order_id)), '/reservations/?$', ''
            ) as commitment_id,
            trim(unit_of_measure) as unit_name,
            coalesce(resource_location, resource_location_normalized, location) as location_name,
            {{ azure_resource_type('resource_id') }} as resource_type_id,
            -- Prices are in the currency of the price sheet, and 0 where it has none.
            case
                when pricing_currency is null or pricing_currency = currency_code
                then 1
                else exchange_rate_pricing_to_billing
            end as exchange_rate
        from landed
    )

select
    *,
    coalesce(model_word in ('reservation', 'savingsplan'), false)
    and charge_word in ('purchase', 'refund') as pays_for_commitment,
    charge_word in ('unusedreservation', 'unusedsavingsplan') as is_unused,
    charge_word in ('unusedreservation', 'unusedsavingsplan')
    or (charge_word = 'usage' and coalesce(model_word in ('reservation', 'savingsplan'), false)) as is_committed,
    nullif(unit_price, 0) * exchange_rate as contracted_price,
    nullif(payg_price, 0) * exchange_rate as list_price
from named
