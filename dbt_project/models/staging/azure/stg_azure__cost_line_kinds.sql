with
    named as (
        select
            *,
            -- Parquet lies under the provider's own files, which are named by their export.
            coalesce(landed_export, split_part(landed_row_id, '-', 1)) as export_part,
            lower(coalesce(charge_type, '')) as charge_word,
            lower(replace(pricing_model, ' ', '')) as model_word,
            coalesce(cost_in_billing_currency, cost, 0) as line_cost,
            coalesce(billing_currency_code, lines.billing_currency) as currency_code,
            contains(billing_account_id, ':') as is_customer_agreement,
            -- The id of an order without a reservation ends in an empty part.
            regexp_replace(
                lower(coalesce(benefit_id, reservation_id, product_order_id)),
                '/reservations/?$',
                ''
            ) as commitment_id,
            trim(unit_of_measure) as unit_name,
            coalesce(resource_location, resource_location_normalized, location) as location_name,
            {{ azure_resource_type("resource_id") }} as resource_type_id,
            -- Prices are in the currency of the price sheet, and 0 where it has none.
            case
                when pricing_currency is null or pricing_currency = currency_code
                then 1
                else exchange_rate_pricing_to_billing
            end as exchange_rate
        from {{ ref("stg_azure__cost_lines") }} as lines
    )

select
    *,
    coalesce(model_word in ('reservation', 'savingsplan'), false)
    and charge_word in ('purchase', 'refund') as pays_for_commitment,
    charge_word in ('unusedreservation', 'unusedsavingsplan') as is_unused,
    charge_word in ('unusedreservation', 'unusedsavingsplan')
    or (
        charge_word = 'usage' and coalesce(model_word in ('reservation', 'savingsplan'), false)
    ) as is_committed,
    cast(nullif(unit_price, 0) * exchange_rate as decimal(38, 12)) as contracted_price,
    cast(nullif(payg_price, 0) * exchange_rate as decimal(38, 12)) as list_price
from named
