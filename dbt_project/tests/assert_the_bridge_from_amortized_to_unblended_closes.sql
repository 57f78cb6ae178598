-- Only per payer: a commitment that one organization buys and another uses leaves opposite
-- residuals in both. A bill whose amortization nobody knows cannot be bridged, nor one of which
-- rows were dropped.
select
    connection_id,
    billing_account_id,
    billing_period,
    billing_currency,
    sum(bridge_residual_cost) as bridge_residual_cost
from {{ ref("fct_monthly_reconciliation") }}
where
    {{ is_changed(["connection_id", "billing_period"]) }}
    and (connection_id, billing_period) not in (
        select (connection_id, billing_period)
        from {{ ref("int_bills_conserved") }}
        where suppressed_charge_count > 0
    )
group by connection_id, billing_account_id, billing_period, billing_currency
having count(bridge_residual_cost) = count(*) and abs(sum(bridge_residual_cost)) >= 0.01
