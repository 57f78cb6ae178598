{# AWS's own FOCUS export already speaks the contract: its columns pass by name. It does not say how
   much of an upfront payment a month consumes. #}
{% set kinds = {
    "varchar": "text",
    "timestamp": "timestamp",
    "decimal(38, 12)": "decimal",
    "map(varchar, varchar)": "map",
} %}
{% set wanted = {"text": [], "timestamp": [], "decimal": [], "map": []} %}
{% set expressions = {} %}
{% for column, type in ledger_columns().items() if column not in house_columns() %}
    {% do wanted[kinds[type]].append(column) %} {% do expressions.update({column: column}) %}
{% endfor %}
{% for column in house_columns() %} {% do expressions.update({column: column}) %} {% endfor %}
{% do expressions.update(
    {
        "charge_id": "md5(concat_ws('|', connection_id, billing_period, landed_row_id))",
        "host_provider_name": "coalesce(host_provider_name, provider_name)",
        "service_provider_name": "coalesce(service_provider_name, publisher_name, provider_name)",
        "tags": own_tags("tags"),
        "billed_cost": "coalesce(billed_cost, 0)",
        "effective_cost": "coalesce(effective_cost, billed_cost, 0)",
        "contracted_cost": "coalesce(contracted_cost, billed_cost, 0)",
        "list_cost": "coalesce(list_cost, billed_cost, 0)",
        "sku_price_details": "nullif(sku_price_details, '{}')",
        "x_charge_type": "charge_category",
        "x_instance_type": "coalesce(x_instance_type, nullif(regexp_extract(x_usage_type, ':([a-z0-9.-]+\\.[a-z0-9-]+)$', 1), ''))",
        "x_commitment_owner_account_id": "nullif(split_part(commitment_discount_id, ':', 5), '')",
        "x_amortized_upfront_cost": "null",
    }
) %}
with landed as ({{ landed_rows("aws", ["focus"], wanted) }})
select {{ ledger_row(expressions) }}
from landed
