-- What anomalies, forecasts and budgets are told from is all of the ledger, to the last decimal.
with
    ledger_costs as (
        select connection_id, billing_period, billing_currency, effective_cost
        from {{ ref("int_charges_totalled") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
    ),

    costs_less_summed as (
        select connection_id, billing_period, billing_currency, effective_cost
        from ledger_costs
        union all
        select connection_id, billing_period, billing_currency, - effective_cost
        from {{ ref("int_costs_summed") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
    )

select connection_id, billing_period, billing_currency, sum(effective_cost) as difference
from costs_less_summed
group by connection_id, billing_period, billing_currency
having sum(effective_cost) <> 0
