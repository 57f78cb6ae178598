-- What organizations bear of commitments is what the ledger says they cost. Per connection: of an
-- account that moved within a month, the month's unused part follows its last holder.
with
    borne as (
        select connection_id, billing_period, billing_currency, committed_cost
        from {{ ref("fct_commitment_savings_monthly") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        union all
        select connection_id, billing_period, billing_currency, - effective_cost
        from {{ ref("fct_daily_costs") }}
        where
            {{ is_changed(["connection_id", "billing_period"]) }}
            and charge_category = 'Usage'
            and commitment_discount_status is not null
    )

select
    connection_id,
    billing_period,
    billing_currency,
    sum(committed_cost) as committed_cost_difference
from borne
group by all
having sum(committed_cost) <> 0
