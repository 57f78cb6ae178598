{# One raw row as it landed. #}
{% set label = "struct(key varchar, value varchar)[]" %}
{% set credit = "struct(id varchar, name varchar, full_name varchar, type varchar, amount decimal(38, 12))[]" %}
{% set wanted = {
    "text": [
        "adjustment_info_description",
        "adjustment_info_id",
        "billing_account_id",
        "consumption_model_description",
        "consumption_model_id",
        "cost_type",
        "currency",
        "invoice_month",
        "location_location",
        "location_region",
        "location_zone",
        "project_id",
        "project_name",
        "resource_global_name",
        "resource_name",
        "seller_name",
        "service_description",
        "sku_description",
        "sku_id",
        "subscription_instance_id",
        "usage_pricing_unit",
        "usage_unit",
    ],
    "timestamp": ["usage_start_time", "usage_end_time"],
    "decimal": [
        "cost",
        "cost_at_effective_price_default",
        "cost_at_list",
        "currency_conversion_rate",
        "price_pricing_unit_quantity",
        "price_tier_start_amount",
        "usage_amount",
        "usage_amount_in_pricing_units",
    ],
    label: ["labels", "project_labels", "system_labels", "tags"],
    credit: ["credits"],
} %}
{{ landed_rows("gcp", ["detailed", "standard"], wanted) }}
