{% set wanted = {
    "text": [
        "billing_account_id",
        "commitent_amount_unit",
        "commitment_amount_unit",
        "consumption_model_id",
        "cud_product_display_name",
        "cud_product_type",
        "region",
        "state",
        "subscription_display_name",
        "subscription_entitlement_scope",
        "subscription_instance_id",
        "term",
    ],
    "timestamp": ["end_time", "start_time"],
    "decimal": ["commitent_amount_value", "commitment_amount_value"],
} %}
with landed as ({{ landed_rows("gcp", ["cud_subscriptions"], wanted) }})
select
    connection_id,
    company_id,
    provider,
    billing_period,
    delivery_id,
    billing_account_id,
    subscription_instance_id as commitment_discount_id,
    subscription_display_name as commitment_name,
    cud_product_type as commitment_type,
    cud_product_display_name as product_name,
    consumption_model_id,
    subscription_entitlement_scope as commitment_scope,
    region as region_id,
    term as commitment_term,
    -- Google spells it without an m.
    coalesce(commitent_amount_unit, commitment_amount_unit) as commitment_unit,
    coalesce(commitent_amount_value, commitment_amount_value) as commitment_quantity,
    start_time as started_at,
    end_time as ends_at,
    state as commitment_state
from landed
