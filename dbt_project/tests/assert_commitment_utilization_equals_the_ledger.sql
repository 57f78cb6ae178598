-- Hours, days and months of all commitments add up to the effective cost of what was used and left
-- unused, to the last decimal.
with
    committed as (
        {% for grain in ["hourly", "daily", "monthly"] %}
            select
                '{{ grain }}' as grain,
                connection_id,
                billing_period,
                billing_currency,
                committed_cost
            from {{ ref("fct_commitment_utilization_" ~ grain) }}
            where {{ is_changed(["connection_id", "billing_period"]) }}
            union all
            select
                '{{ grain }}' as grain,
                connection_id,
                billing_period,
                billing_currency,
                - effective_cost
            from {{ ref("fct_daily_costs") }}
            where
                {{ is_changed(["connection_id", "billing_period"]) }}
                and charge_category = 'Usage'
                and commitment_discount_status is not null {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    grain,
    connection_id,
    billing_period,
    billing_currency,
    sum(committed_cost) as committed_cost_difference
from committed
group by all
having sum(committed_cost) <> 0
