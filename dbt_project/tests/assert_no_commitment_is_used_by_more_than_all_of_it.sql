-- Ratios are bounded, so that a rounded last decimal stops nobody; more than a cent over is an
-- error.
select organization_id, commitment_id, billing_period, committed_cost, used_cost, unused_cost
from {{ ref("fct_commitment_utilization_monthly") }}
where
    {{ is_changed(["connection_id", "billing_period"]) }}
    and (
        unused_cost < -0.01
        or used_cost < -0.01
        or used_quantity > committed_quantity + 0.01
        or utilization_ratio not between 0
        and 1
    )
