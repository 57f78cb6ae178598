{# Columns pass by name, so one model reads every version of FOCUS. #}
{% set kinds = {
    "varchar": "text",
    "timestamp": "timestamp",
    "decimal(38, 12)": "decimal",
    "map(varchar, varchar)": "map",
} %}
{% set wanted = {"text": [], "timestamp": [], "decimal": [], "map": []} %}
{% for column, type in ledger_columns().items() if column[:2] != "x_" and column not in house_columns() %}
    {% do wanted[kinds[type]].append(column) %}
{% endfor %}
{{ landed_rows("focus", ["focus"], wanted) }}
