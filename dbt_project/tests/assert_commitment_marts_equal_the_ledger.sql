-- Hours, days and months of all commitments, what organizations bear of them, and both policies
-- of who bears it add up to the effective cost of what was used and left unused, to the last
-- decimal. Per connection: of an account that moved within a month, the month's unused part
-- follows its last holder.
{% set told = [
    ("fct_commitment_utilization_hourly", "committed_cost"),
    ("fct_commitment_utilization_daily", "committed_cost"),
    ("fct_commitment_utilization_monthly", "committed_cost"),
    ("fct_commitment_savings_monthly", "committed_cost"),
    ("fct_commitment_benefit_flow_daily", "benefit_follows_usage_cost"),
    ("fct_commitment_benefit_flow_daily", "owner_keeps_savings_cost"),
] %}
with
    ledger as (
        select connection_id, billing_period, billing_currency, sum(effective_cost) as cost
        from {{ ref("fct_daily_costs") }}
        where
            {{ is_changed(["connection_id", "billing_period"]) }}
            and charge_category = 'Usage'
            and commitment_discount_status is not null
        group by all
    ),

    told_and_ledger as (
        {% for mart, column in told %}
            select
                '{{ column }} of {{ mart }}' as told_by,
                connection_id,
                billing_period,
                billing_currency,
                {{ column }} as cost
            from {{ ref(mart) }}
            where {{ is_changed(["connection_id", "billing_period"]) }}
            union all
            select
                '{{ column }} of {{ mart }}' as told_by,
                connection_id,
                billing_period,
                billing_currency,
                - cost
            from ledger {{ "union all" if not loop.last }}
        {% endfor %}
    )

select told_by, connection_id, billing_period, billing_currency, sum(cost) as cost_difference
from told_and_ledger
group by all
having sum(cost) <> 0
