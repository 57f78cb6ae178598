with
    borne as (
        select
            connection_id,
            billing_period,
            billing_currency,
            benefit_follows_usage_cost,
            owner_keeps_savings_cost
        from {{ ref("fct_commitment_benefit_flow_daily") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        union all
        select connection_id, billing_period, billing_currency, - effective_cost, - effective_cost
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
    sum(benefit_follows_usage_cost) as usage_policy_difference,
    sum(owner_keeps_savings_cost) as owner_policy_difference
from borne
group by all
having sum(benefit_follows_usage_cost) <> 0 or sum(owner_keeps_savings_cost) <> 0
