{#
    The plan of a run: the deliveries it loads, written by the pipeline before dbt starts.
    It is a file and not --vars, because changed vars force a full re-parse.
#}
{% macro plan_path() %}{{ env_var('FINHOUSE_DBT_LANDING', '../data/landing') }}/_plan.json{% endmacro %}

{% macro planned_deliveries(provider=none, datasets=none) %}
    {% set deliveries = [] %}
    {% if execute %}
        {% set content = run_query("select content from read_text('" ~ plan_path() ~ "')") %}
        {% for delivery in fromjson(content.columns[0].values()[0]) %}
            {% if (provider is none or delivery.provider == provider)
                and (datasets is none or delivery.dataset in datasets) %}
                {% do deliveries.append(delivery) %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(deliveries) }}
{% endmacro %}

{% macro changed_keys(replaces, months_after=1) %}
    {# The keys this run replaces. By company, months after change too: they look back at this one. #}
    {% set keys = [] %}
    {% for delivery in planned_deliveries() %}
        {% set further = months_after if replaces[0] == 'company_id' else 0 %}
        {% set periods = months_around(delivery.billing_period, 0, further) %}
        {% for billing_period in periods %}
            {% set key = [] %}
            {% for column in replaces %}
                {% do key.append(billing_period if column == 'billing_period' else delivery[column]) %}
            {% endfor %}
            {% do keys.append(key) if key not in keys %}
        {% endfor %}
    {% endfor %}
    {{ return(keys) }}
{% endmacro %}

{% macro literal_tuple(values) %}
    {%- for value in values %}{{ dbt.string_literal(dbt.escape_single_quotes(value)) }}{{ ', ' if not loop.last }}{% endfor -%}
{% endmacro %}

{#
    True for the rows this run replaces. Literals, and the period once more alone, so that the
    lake skips the files of every other month: a refresh costs what changed, not what is stored.
#}
{% macro is_changed(replaces, relation=none, months_after=1) %}
    {%- set keys = changed_keys(replaces, months_after) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- if not keys -%}false
    {%- else -%}
    {{ prefix }}billing_period in ({{ literal_tuple(keys | map(attribute=replaces.index('billing_period')) | unique | list) }})
    and ({{ prefix }}{{ replaces | join(', ' ~ prefix) }}) in (
        {%- for key in keys %}({{ literal_tuple(key) }}){{ ', ' if not loop.last }}{% endfor -%}
    )
    {%- endif -%}
{% endmacro %}

{# `where: __changed_periods__` in a test's config: look at this run's periods only. #}
{% macro get_where_subquery(relation) %}
    {%- set where = config.get('where', '') -%}
    {%- if not where -%}{{ relation }}
    {%- else -%}
        {%- set where = where | replace('__changed_periods__', is_changed(['connection_id', 'billing_period'])) -%}
        (select * from {{ relation }} where {{ where }}) dbt_subquery
    {%- endif -%}
{% endmacro %}
