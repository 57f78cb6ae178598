{% set wanted = {
    "text": [
        "instance_flexibility_group",
        "instance_id",
        "reservation_id",
        "reservation_order_id",
        "sku_name",
        "usage_date",
    ],
    "decimal": [
        "instance_flexibility_ratio",
        "reserved_hours",
        "total_reserved_quantity",
        "used_hours",
    ],
} %}
with landed as ({{ landed_rows("azure", ["reservation_details"], wanted) }})
select
    connection_id,
    company_id,
    provider,
    billing_period,
    delivery_id,
    cast({{ azure_timestamp("usage_date") }} as date) as usage_date,
    -- As the ledger spells it: the order is its parent.
    lower(
        '/providers/microsoft.capacity/reservationorders/'
        || reservation_order_id
        || '/reservations/'
        || reservation_id
    ) as commitment_discount_id,
    lower(instance_id) as resource_id,
    sku_name as instance_type,
    instance_flexibility_group as instance_size_group,
    instance_flexibility_ratio as instance_size_factor,
    total_reserved_quantity as reserved_quantity,
    reserved_hours,
    used_hours
from landed
