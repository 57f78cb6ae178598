{% set wanted = {
    "text": [
        "arm_sku_name",
        "billing_frequency",
        "billing_profile_id",
        "currency",
        "current_enrollment_id",
        "description",
        "event_date",
        "event_type",
        "invoice",
        "purchasing_subscription_guid",
        "region",
        "reservation_order_id",
        "reservation_order_name",
        "term",
    ],
    "decimal": ["amount", "quantity"],
} %}
with landed as ({{ landed_rows("azure", ["reservation_transactions"], wanted) }})
select
    connection_id,
    company_id,
    provider,
    billing_period,
    delivery_id,
    {{ azure_timestamp("event_date") }} as occurred_at,
    event_type,
    coalesce(billing_profile_id, current_enrollment_id) as billing_account_id,
    lower(purchasing_subscription_guid) as sub_account_id,
    invoice as invoice_id,
    lower(
        '/providers/microsoft.capacity/reservationorders/' || reservation_order_id
    ) as commitment_order_id,
    reservation_order_name as commitment_name,
    description as transaction_description,
    arm_sku_name as instance_type,
    lower(region) as region_id,
    term as commitment_term,
    billing_frequency,
    currency as billing_currency,
    quantity as commitment_quantity,
    amount as transaction_cost
from landed
