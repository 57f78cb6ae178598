{#
    Replace rows of a table by a select's. In an encrypted lake each partition is a statement.

    DuckLake makes one key per statement, however many files it writes. Organizations and months that
    shared one would keep the key of what was deleted alive.
#}
{% macro replace_rows(target, columns, partitioned_by, sql, where) %}
    {%- set names = columns | map(attribute='name') | join(', ') -%}
    {%- if env_var('FINHOUSE_DBT_ENCRYPTED', '0') == '0' or not partitioned_by -%}
        {% call statement('replace') %}
            delete from {{ target }} where {{ where }};
            insert into {{ target }} ({{ names }})
            select {{ names }} from ({{ sql }}) as replacement where {{ where }};
        {% endcall %}
    {%- else -%}
        {% call statement('compute') %}
            create or replace temporary table replacement as
            select {{ names }} from ({{ sql }}) as replacement where {{ where }};
        {% endcall %}
        {%- set partitions = run_query('select distinct ' ~ partitioned_by | join(', ') ~ ' from temp.main.replacement order by all') -%}
        {% call statement('replace') %}
            delete from {{ target }} where {{ where }};
            {% for partition in partitions.rows -%}
                insert into {{ target }} ({{ names }})
                select {{ names }} from temp.main.replacement
                where {{ replaced_keys(partitioned_by, [partition.values() | list]) }};
            {% endfor -%}
            drop table temp.main.replacement;
        {% endcall %}
    {%- endif -%}
{% endmacro %}
