-- Google's older credits name no commitment unless attribution is switched on: fees and credits of
-- one pool are matched by the month, or of one commitment where all of the pool name theirs.
{% set pool = "connection_id, billing_period, billing_account_id, currency, commitment_pool" %}
with
    shares as (
        select
            connection_id,
            company_id,
            provider,
            billing_period,
            delivery_id,
            month_start,
            billing_account_id,
            currency,
            commitment_pool,
            named_commitment_id,
            sum(cost) filter (is_fee) as fee_cost,
            sum(usage_amount_in_pricing_units) filter (is_fee) as fee_units,
            - sum(covering_credits) filter (not is_fee) as covered_cost,
            -- A resource commitment's credit is all of the covered part's cost.
            sum(usage_amount_in_pricing_units * (- covering_credits / nullif(cost, 0))) filter (
                not is_fee
            ) as covered_units,
            -- A dollar of a legacy spend commitment is a dollar on demand, in dollars.
            - sum(dollar_credits / coalesce(nullif(currency_conversion_rate, 0), 1)) filter (
                not is_fee
            ) as covered_dollars,
            - sum(offset_credits) as offset_cost,
            sum(net_cost) filter (has_committed_price) as committed_price_cost,
            bool_or(offset_credits <> 0) as has_offset,
            min(named_commitment_id) filter (is_fee) as fee_commitment_id
        from {{ ref("stg_gcp__usage_rows") }}
        where commitment_pool is not null
        group by all
    ),

    named as (
        select
            *,
            case
                when
                    bool_and(named_commitment_id is not null and fee_cost is not null) over (
                        partition by {{ pool }}
                    )
                then named_commitment_id
            end as own_commitment_id
        from shares
    ),

    pools as (
        select
            * replace (
                sum(fee_cost) over of_commitment as fee_cost,
                sum(fee_units) over of_commitment as fee_units,
                sum(covered_cost) over of_commitment as covered_cost,
                sum(covered_units) over of_commitment as covered_units,
                sum(covered_dollars) over of_commitment as covered_dollars,
                sum(offset_cost) over of_commitment as offset_cost,
                sum(committed_price_cost) over of_commitment as committed_price_cost,
                bool_or(has_offset) over of_commitment as has_offset
            ),
            min(fee_commitment_id) over of_commitment as first_commitment_id,
            max(fee_commitment_id) over of_commitment as last_commitment_id
        from named
        window of_commitment as (partition by {{ pool }}, own_commitment_id)
    )

select
    connection_id,
    company_id,
    provider,
    billing_period,
    delivery_id,
    month_start,
    billing_account_id,
    currency as billing_currency,
    commitment_pool,
    named_commitment_id,
    cast(coalesce(fee_cost, 0) as decimal(38, 12)) as fee_cost,
    cast(coalesce(covered_cost, 0) as decimal(38, 12)) as covered_cost,
    cast(offset_cost as decimal(38, 12)) as offset_cost,
    cast(coalesce(committed_price_cost, 0) as decimal(38, 12)) as committed_price_cost,
    has_offset,
    case
        when first_commitment_id = last_commitment_id
        then first_commitment_id
        else billing_account_id || '/' || commitment_pool
    end as commitment_id,
    -- Use it or lose it: a pool is never used by more than all of it.
    cast(
        case
            when commitment_pool = 'spend'
            then least(1, coalesce(covered_dollars, 0) / nullif(fee_units / 100, 0))
            else least(1, coalesce(covered_units, 0) / nullif(fee_units, 0))
        end as decimal(38, 12)
    ) as utilization_ratio
from pools
