{#
    True for rows of the months this run replaces and of the month before each: what a model needs
    that shows the previous month. May let more through; such a model filters its result again.
#}
{% macro is_changed_or_month_before(relation=none) %}
    {%- set prefix = relation ~ "." if relation else "" -%}
    {%- set companies = [] -%}
    {%- set periods = [] -%}
    {%- for company_id, billing_period in changed_keys(["company_id", "billing_period"]) -%}
        {%- set first_day = modules.datetime.date.fromisoformat(billing_period ~ "-01") -%}
        {%- set day_before = first_day - modules.datetime.timedelta(days=1) -%}
        {%- do companies.append(company_id) -%}
        {%- do periods.extend([billing_period, day_before.strftime("%Y-%m")]) -%}
    {%- endfor -%}
    {%- if not periods -%} false
    {%- else -%}
        {{ prefix }}company_id in ({{ literal_tuple(companies | unique | list) }})
        and {{ prefix }}billing_period in ({{ literal_tuple(periods | unique | list) }})
    {%- endif -%}
{% endmacro %}

{# The 'YYYY-MM' before a column's. #}
{% macro previous_month(column) -%}
    substring(cast(cast({{ column }} || '-01' as date) - interval 1 month as varchar), 1, 7)
{%- endmacro %}

{# The 'YYYY-MM' after a column's. #}
{% macro next_month(column) -%}
    substring(cast(cast({{ column }} || '-01' as date) + interval 1 month as varchar), 1, 7)
{%- endmacro %}
