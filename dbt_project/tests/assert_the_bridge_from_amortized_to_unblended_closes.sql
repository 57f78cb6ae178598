-- Only per payer: a commitment that one organization buys and another uses leaves opposite
-- residuals in both. A bill whose amortization nobody knows cannot be bridged.
select
    connection_id,
    billing_account_id,
    billing_period,
    billing_currency,
    sum(bridge_residual_cost) as bridge_residual_cost
from {{ ref("fct_monthly_reconciliation") }}
where {{ is_changed(["connection_id", "billing_period"]) }}
group by connection_id, billing_account_id, billing_period, billing_currency
having count(bridge_residual_cost) = count(*) and abs(sum(bridge_residual_cost)) >= 0.01
