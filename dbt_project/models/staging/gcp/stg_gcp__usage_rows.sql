{% set is_covering = (
    "credit.type in ('COMMITTED_USAGE_DISCOUNT', 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE')"
) %}
with
    credited as (
        select
            *,
            -- sqlfluff takes a lambda's parameter for a table.
            list_filter(credits, lambda credit:credit.type = 'PROMOTION') as promotions,  -- noqa: RF01
            {{ credit_sum("true") }} as all_credits,
            {{ credit_sum("credit.type = 'PROMOTION'") }} as promotion_credits,
            {{ credit_sum(is_covering) }} as covering_credits,
            -- With attribution switched on, a covering credit's id is its commitment's.
            coalesce(
                subscription_instance_id, {{ only_credit_id(is_covering) }}
            ) as named_commitment_id,
            {{ credit_sum("credit.type = 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE'") }}
            as dollar_credits,
            {{ credit_sum("credit.type = 'FEE_UTILIZATION_OFFSET'") }} as offset_credits,
            coalesce(cost_type, 'regular') = 'regular' as is_regular
        from {{ ref("stg_gcp__landed_rows") }}
    ),

    kinds as (
        select
            *,
            is_regular
            and coalesce(
                sku_description like 'Commitment%' or offset_credits <> 0, false
            ) as is_fee,
            -- The new spend model prices covered usage itself; `Default` is on demand.
            is_regular
            and not is_fee
            and coalesce(
                consumption_model_id <> '7754-699E-0EBF'
                and coalesce(consumption_model_description, '') not ilike 'default%',
                false
            ) as has_committed_price,
            is_fee and coalesce(sku_description not like 'Commitment v1:%', true) as is_spend_fee
        from credited
    )

select
    *,
    cost + all_credits - promotion_credits as net_cost,
    date_trunc('month', strptime(invoice_month, '%Y%m')) as month_start,
    is_spend_fee or has_committed_price or dollar_credits <> 0 as is_spend,
    -- Without commitment ids in the bill, what a fee covers is known by account and kind only.
    -- Spend commitments cover any region; resources are covered within theirs, unit by unit.
    case
        when is_spend_fee or has_committed_price or dollar_credits <> 0
        then 'spend'
        when is_fee or covering_credits <> 0
        then
            'resource/'
            || coalesce(location_region, location_location, 'global')
            || '/'
            || coalesce(usage_pricing_unit, 'unit')
    end as commitment_pool,
    -- An earlier month's invoice is closed once its month is over in Pacific time, 7 or 8 hours
    -- behind UTC. Late usage is no correction: only a row that adjusts another is.
    adjustment_info_id is not null
    and usage_start_time < month_start + interval 7 hour as is_correction,
    -- ... and does not know one of two parameters.
    {{ label_map() }} as user_tags  -- noqa: PRS
from kinds
