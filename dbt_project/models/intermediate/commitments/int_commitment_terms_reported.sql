{% set columns = (
    "connection_id, company_id, provider, billing_period, delivery_id, "
    "billing_account_id, commitment_discount_id, commitment_name, commitment_type, "
    "product_name, consumption_model_id, commitment_scope, region_id, commitment_term, "
    "commitment_unit, commitment_quantity, started_at, ends_at, commitment_state"
) %}
{% for model in var("reported")["commitment_terms"] %}
    select {{ columns }} from {{ ref(model) }} {{ "union all" if not loop.last }}
{% endfor %}
