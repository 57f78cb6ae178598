select
    connection_id,
    billing_period,
    delivery_id,
    submitted_at,
    landed_at,
    row_count,
    state,
    {{ is_changed(["connection_id", "billing_period", "delivery_id"]) }} as is_planned
from {{ source("registry", "deliveries") }}
