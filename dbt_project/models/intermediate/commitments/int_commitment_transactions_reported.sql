{% set columns = (
    "connection_id, company_id, provider, billing_period, delivery_id, occurred_at, "
    "event_type, billing_account_id, sub_account_id, invoice_id, commitment_order_id, "
    "commitment_name, transaction_description, instance_type, region_id, "
    "commitment_term, billing_frequency, billing_currency, commitment_quantity, "
    "transaction_cost"
) %}
{% for model in var("reported")["commitment_transactions"] %}
    select {{ columns }}
    from {{ ref(model) }} as reported
    where
        not {{ is_suppressed("reported", "sub_account_id", "occurred_at") }}
        {{ "union all" if not loop.last }}
{% endfor %}
