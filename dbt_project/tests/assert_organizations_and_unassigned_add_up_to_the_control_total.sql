-- Per connection, period and currency, to the last decimal. A currency that only one side has
-- fails.
select
    connection_id,
    billing_period,
    delivery_id,
    billing_currency,
    ledger_billed_cost,
    control_total,
    billed_cost_difference
from {{ ref("int_bills_conserved") }}
where {{ is_changed(["connection_id", "billing_period"]) }} and billed_cost_difference <> 0
