with
    matched as (
        select
            usage_rows.*,
            pools.commitment_id as pool_commitment_id,
            pools.fee_cost
            * pools.utilization_ratio
            / nullif(pools.covered_cost, 0) as fee_per_credit,
            coalesce(pools.utilization_ratio, 0) as utilization_ratio,
            coalesce(pools.has_offset, false) as has_offset,
            has_committed_price and coalesce(pools.has_offset, false) as is_moved,
            -- Covered by credits; without a fee in the bill they are no more than a discount.
            not is_fee
            and not has_committed_price
            and covering_credits < 0
            and coalesce(pools.fee_cost, 0) > 0
            and not coalesce(pools.has_offset, false) as is_credited
        from {{ ref("stg_gcp__usage_rows") }} as usage_rows
        left join
            {{ ref("stg_gcp__commitment_pools") }} as pools
            on usage_rows.connection_id = pools.connection_id
            and usage_rows.billing_period = pools.billing_period
            and usage_rows.billing_account_id = pools.billing_account_id
            and usage_rows.currency = pools.billing_currency
            and usage_rows.commitment_pool = pools.commitment_pool
            and coalesce(usage_rows.named_commitment_id, '')
            = coalesce(pools.named_commitment_id, '')
    ),

    shared as (
        select
            *,
            case
                when not is_credited or net_cost = 0
                then 1
                else least(1, coalesce(- covering_credits / nullif(cost, 0), 1))
            end as covered_share,
            case
                when not is_fee
                then 0
                when has_offset
                then cost + offset_credits
                else cast(cost * (1 - utilization_ratio) as decimal(38, 12))
            end as unused_cost
        from matched
    ),

    lines as (
        select
            *,
            unnest(
                list_concat(
                    ['charge'],
                    case when is_credited and net_cost <> 0 then ['rest'] else [] end,
                    case when unused_cost <> 0 then ['unused'] else [] end,
                    ['credit ' || place for place in range(1, coalesce(len(promotions), 0) + 1)]
                )
            ) as line_part
        from shared
    ),

    parts as (
        select
            *,
            line_part = 'charge' and (is_moved or is_credited) as is_used,
            promotions[try_cast(substring(line_part, 8) as integer)] as promotion,
            cast(
                if(
                    line_part = 'charge',
                    covered_share,
                    if(line_part = 'rest', 1 - covered_share, 0)
                ) as decimal(18, 12)
            ) as line_share
        from lines
    )

select
    *,
    coalesce(subscription_instance_id, pool_commitment_id) as commitment_id,
    case
        when promotion is not null
        then promotion.amount
        when is_used or line_part = 'unused'
        then 0
        when is_fee
        then net_cost - offset_credits
        else net_cost
    end as billed_cost,
    case
        when promotion is not null
        then promotion.amount
        when line_part = 'unused'
        then unused_cost
        when is_used and is_credited
        then cast(- covering_credits * fee_per_credit as decimal(38, 12))
        when is_fee
        then 0
        else net_cost
    end as effective_cost
from parts
