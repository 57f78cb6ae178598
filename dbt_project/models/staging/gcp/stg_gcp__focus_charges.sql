{# Google's FOCUS export and view speak the contract: their columns pass by name. #}
{% set kinds = {
    "varchar": "text",
    "timestamp": "timestamp",
    "decimal(38, 12)": "decimal",
    "map(varchar, varchar)": "text",
} %}
{% set wanted = {"text": [], "timestamp": [], "decimal": []} %}
{% set expressions = {} %}
{% for column, type in ledger_columns().items() %}
    {% if column not in house_columns() %} {% do wanted[kinds[type]].append(column) %} {% endif %}
    {% do expressions.update({column: column}) %}
{% endfor %}
{% do expressions.update(
    {
        "charge_id": "md5(concat_ws('|', connection_id, billing_period, landed_row_id))",
        "billing_period_end": "billing_period_start + interval 1 month",
        "billing_account_type": "coalesce(billing_account_type, 'Billing Account')",
        "sub_account_type": "coalesce(sub_account_type, case when sub_account_id is not null then 'Project' end)",
        "provider_name": "coalesce(provider_name, 'Google Cloud')",
        "host_provider_name": "coalesce(host_provider_name, provider_name, 'Google Cloud')",
        "service_provider_name": "coalesce(service_provider_name, publisher_name, provider_name, 'Google Cloud')",
        "service_category": "null",
        "service_subcategory": "null",
        "x_service_code": "service_name",
        "x_charge_type": "charge_category",
        "tags": "tags::json::map(varchar, varchar)",
        "effective_cost": "coalesce(effective_cost, billed_cost)",
        "contracted_cost": "coalesce(contracted_cost, billed_cost)",
        "list_cost": "coalesce(list_cost, billed_cost)",
        "x_amortized_upfront_cost": "0",
    }
) %}
with landed as ({{ landed_rows("gcp", ["focus"], wanted) }})
select {{ ledger_row(expressions) }}
from landed
