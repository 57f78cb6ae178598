{# Columns pass by name, so one model reads every version of FOCUS. #}
{% set kinds = {
    "varchar": "text",
    "timestamp": "timestamp",
    "decimal(38, 12)": "decimal",
    "map(varchar, varchar)": "map",
} %}
{% set wanted = {"text": [], "timestamp": [], "decimal": [], "map": []} %}
{% for column, type in ledger_columns().items() if column[:2] != "x_" and column not in [
    "connection_id",
    "company_id",
    "provider",
    "billing_period",
    "delivery_id",
    "charge_id",
] %}
    {% do wanted[kinds[type]].append(column) %}
{% endfor %}
{{ landed_rows("focus", ["focus"], wanted) }}
