{#
    True for rows of the months this run replaces and of the month before each: what a model needs
    that shows the previous month. May let more through; such a model filters its result again.
    months: how many before each; months_after: as in the model's config.
#}
{% macro is_changed_or_month_before(relation=none, months=1, months_after=1) %}
    {%- set prefix = relation ~ "." if relation else "" -%}
    {%- set companies = [] -%}
    {%- set periods = [] -%}
    {%- for company_id, billing_period in changed_keys(["company_id", "billing_period"], months_after) -%}
        {%- do companies.append(company_id) -%}
        {%- do periods.extend(months_around(billing_period, months, 0)) -%}
    {%- endfor -%}
    {%- if not periods -%} false
    {%- else -%}
        {{ prefix }}company_id in ({{ literal_tuple(companies | unique | list) }})
        and {{ prefix }}billing_period in ({{ literal_tuple(periods | unique | list) }})
    {%- endif -%}
{% endmacro %}

{# A month and its neighbours, as many before and after as said, each 'YYYY-MM'. #}
{% macro months_around(billing_period, before, after) %}
    {%- set number = billing_period[:4] | int * 12 + billing_period[5:] | int - 1 -%}
    {%- set months = [] -%}
    {%- for each in range(number - before, number + after + 1) -%}
        {%- do months.append("%04d-%02d" % (each // 12, each % 12 + 1)) -%}
    {%- endfor -%}
    {{ return(months) }}
{% endmacro %}

{# The 'YYYY-MM' before a column's. #}
{% macro previous_month(column) -%}
    substring(cast(cast({{ column }} || '-01' as date) - interval 1 month as varchar), 1, 7)
{%- endmacro %}

{# The 'YYYY-MM' after a column's. #}
{% macro next_month(column) -%}
    substring(cast(cast({{ column }} || '-01' as date) + interval 1 month as varchar), 1, 7)
{%- endmacro %}

{# A row for each day from one to another, both included. #}
{% macro days_between(first, last) -%}
    cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date)
{%- endmacro %}
