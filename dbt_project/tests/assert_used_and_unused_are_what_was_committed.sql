select organization_id, commitment_id, hour_at, committed_cost, used_cost, unused_cost
from {{ ref("fct_commitment_utilization_hourly") }}
where
    {{ is_changed(["connection_id", "billing_period"]) }}
    and (
        committed_cost <> used_cost + unused_cost
        or committed_quantity <> used_quantity + unused_quantity
    )
