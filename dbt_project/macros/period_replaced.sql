{#
    A table whose changed periods are replaced whole, each set in one transaction.

    dbt-duckdb's delete+insert joins old and new rows on their key: where the key is not unique it
    explodes (22 GB for 1 M rows), and it first writes the new rows to a temporary table. This one
    deletes by the keys of the plan, so that an empty restatement empties the period too, and
    streams the model straight into the table.

    replaces: columns of the key; default connection_id, billing_period.
    months_after: how many months after a changed one look back at it; of keys by company, default 1.
    A transaction holds as many whole keys as bring about `rows_per_transaction` landed rows: few
    enough to fit in memory, many enough that planning is paid for once.
#}
{% materialization period_replaced, adapter='duckdb' %}
    {%- set replaces = config.get('replaces', ['connection_id', 'billing_period']) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set columns = adapter.dispatch('contract_columns')(model) -%}
    {{ run_hooks(pre_hooks) }}

    {% call statement('main') %}
        {{ create_or_widen(target, columns, config.get('partitioned_by')) }}
    {% endcall %}
    {% do adapter.commit() %}

    {% for batch in transaction_batches(replaces, config.get('months_after', 1)) %}
        {% do replace_rows(target, columns, config.get('partitioned_by'), sql, replaced_keys(replaces, batch)) %}
        {% do adapter.commit() %}
    {% endfor %}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro replaced_keys(replaces, keys) %}
    {%- if keys | length == 1 -%}
        {%- for column in replaces %}{{ column }} = {{ literal_tuple([keys[0][loop.index0]]) }}{{ ' and ' if not loop.last }}{% endfor -%}
    {%- else -%}
        billing_period in ({{ literal_tuple(keys | map(attribute=replaces.index('billing_period')) | unique | list) }})
        and ({{ replaces | join(', ') }}) in (
            {%- for key in keys %}({{ literal_tuple(key) }}){{ ', ' if not loop.last }}{% endfor -%}
        )
    {%- endif -%}
{% endmacro %}

{% macro default__contract_columns(model) %}
    {% if not model.columns %}
        {% do exceptions.raise_compiler_error(model.name ~ ' needs a contract: spell its columns and data types in its yml.') %}
    {% endif %}
    {{ return(model.columns.values() | list) }}
{% endmacro %}

{#
    Create the table from its contract, or bring an older one to it: new columns and wider types.
    DuckLake refuses any other change of a type, and the run ends with its words.
#}
{% macro create_or_widen(target, columns, partitioned_by) %}
    {%- set existing = load_cached_relation(target) -%}
    {%- if existing is none -%}
        create schema if not exists {{ target.without_identifier() }};
        create table {{ target }} (
            {%- for column in columns %}{{ column.name }} {{ column.data_type }}{{ ', ' if not loop.last }}{% endfor -%}
        );
        {%- if partitioned_by %} alter table {{ target }} set partitioned by ({{ partitioned_by | join(', ') }});{% endif -%}
    {%- else -%}
        {%- set present = {} -%}
        {%- for column in adapter.get_columns_in_relation(existing) -%}
            {%- do present.update({column.name: plain_type(column.dtype)}) -%}
        {%- endfor -%}
        select 1;
        {%- for column in columns %}
            {%- if column.name not in present %}
                alter table {{ target }} add column {{ column.name }} {{ column.data_type }};
            {%- elif present[column.name] != plain_type(column.data_type) %}
                alter table {{ target }} alter column {{ column.name }} set data type {{ column.data_type }};
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{% macro plain_type(name) %}{{ return(name | lower | replace(' ', '')) }}{% endmacro %}

{% macro transaction_batches(replaces, months_after=1) %}
    {%- set landed = landed_row_counts(replaces) -%}
    {%- set batches = [[]] -%}
    {%- set rows = namespace(held=0) -%}
    {%- for key in changed_keys(replaces, months_after) -%}
        {%- set key_rows = landed.get(tojson(key), 0) -%}
        {%- if batches[-1] and rows.held + key_rows > var('rows_per_transaction') -%}
            {%- do batches.append([]) -%}
            {%- set rows.held = 0 -%}
        {%- endif -%}
        {%- do batches[-1].append(key) -%}
        {%- set rows.held = rows.held + key_rows -%}
    {%- endfor -%}
    {{ return(batches if batches[0] else []) }}
{% endmacro %}

{# The rows that landed under each key, by its JSON: the plan is read once, however many keys. #}
{% macro landed_row_counts(replaces) %}
    {%- set counts = {} -%}
    {%- for delivery in planned_deliveries() -%}
        {%- set key = [] -%}
        {%- for column in replaces -%}{%- do key.append(delivery[column]) -%}{%- endfor -%}
        {%- set name = tojson(key) -%}
        {%- do counts.update({name: counts.get(name, 0) + delivery.row_count}) -%}
    {%- endfor -%}
    {{ return(counts) }}
{% endmacro %}
