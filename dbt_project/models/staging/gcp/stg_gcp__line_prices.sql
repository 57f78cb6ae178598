-- What a line is called in FOCUS, and what it would have cost at other prices.
with
    described as (
        select
            *,
            case
                when promotion is not null
                then 'Credit'
                when is_fee and line_part = 'charge'
                then 'Purchase'
                when is_regular
                then 'Usage'
                when cost_type = 'tax'
                then 'Tax'
                else 'Adjustment'
            end as charge_category,
            is_used or line_part = 'unused' as is_committed,
            is_used or is_fee as has_commitment,
            coalesce(seller_name, 'Google Cloud') as publisher,
            if(is_fee, billed_cost, coalesce(cost_at_list, cost)) as gross_list_cost,
            if(
                is_fee, billed_cost, coalesce(cost_at_effective_price_default, cost)
            ) as gross_contracted_cost,
            cast(
                usage_amount_in_pricing_units
                / coalesce(nullif(price_pricing_unit_quantity, 0), 1) as decimal(38, 12)
            ) as priced_quantity
        from {{ ref("stg_gcp__line_costs") }}
    )

select
    *,
    charge_category = 'Usage' and line_part <> 'unused' as is_metered,
    case
        when line_part = 'unused'
        then 0
        when charge_category = 'Usage'
        then gross_list_cost * line_share
        else billed_cost
    end as list_cost,
    case
        when line_part = 'unused'
        then 0
        when charge_category = 'Usage'
        then gross_contracted_cost * line_share
        else billed_cost
    end as contracted_cost,
    -- One unit per commitment: money for spend, the metered unit for resources.
    case
        when promotion is not null or not has_commitment
        then null
        when is_spend and line_part = 'charge' and is_fee
        then billed_cost
        when is_spend
        then effective_cost
        when line_part = 'unused'
        then usage_amount_in_pricing_units * (1 - utilization_ratio)
        else usage_amount_in_pricing_units * line_share
    end as commitment_quantity
from described
