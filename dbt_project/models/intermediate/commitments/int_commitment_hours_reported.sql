{% set columns = (
    "connection_id, company_id, provider, billing_period, delivery_id, usage_date, "
    "commitment_discount_id, resource_id, instance_type, instance_size_group, "
    "instance_size_factor, reserved_quantity, reserved_hours, used_hours"
) %}
{% for model in var("reported")["commitment_hours"] %}
    select {{ columns }}
    from {{ ref(model) }} as reported
    where
        not {{ is_suppressed("reported", "resource_id", "usage_date") }}
        {{ "union all" if not loop.last }}
{% endfor %}
