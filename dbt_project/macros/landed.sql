{#
    The landed rows of a dataset, whatever columns this month's files have: every wanted column by
    name, null where a file lacks it. Names are compared as snake case, so that the legacy header
    `lineItem/UnblendedCost` and Parquet's `line_item_unblended_cost` are one column.

    wanted: {'text' | 'decimal' | 'timestamp' | 'map': [column, ...]}
    only_where: {part of a column's name: flag of the delivery without which the column says nothing}
#}
{% macro landed_rows(provider, datasets, wanted, only_where={}) %}
    {%- for delivery in planned_deliveries(provider, datasets) %}
        {%- set raw = raw_names(delivery) %}
        {%- for part, flag in only_where.items() if not delivery[flag] %}
            {%- for column in raw | list if part in column %}{% do raw.pop(column) %}{%- endfor %}
        {%- endfor %}
        select
            '{{ delivery.connection_id }}' as connection_id,
            '{{ delivery.company_id }}' as company_id,
            '{{ delivery.provider }}' as provider,
            '{{ delivery.billing_period }}' as billing_period,
            '{{ delivery.delivery_id }}' as delivery_id,
            {{ delivery.has_net_costs | lower }} as has_net_costs,
            {{ row_identity() }} as landed_row_id,
            {% for kind, columns in wanted.items() %}
                {%- for column in columns %}
            {{ as_kind(kind, raw.get(column, raw.get(column | replace('_', ''))), delivery, column) }} as {{ column }},
                {%- endfor %}
            {%- endfor %}
        from {{ landed_files(delivery.folder) }}
        union all
    {%- endfor %}
    select
        null::varchar as connection_id,
        null::varchar as company_id,
        null::varchar as provider,
        null::varchar as billing_period,
        null::varchar as delivery_id,
        null::boolean as has_net_costs,
        null::varchar as landed_row_id,
        {% for kind, columns in wanted.items() %}
            {%- for column in columns %}
        {{ as_kind(kind, none) }} as {{ column }},
            {%- endfor %}
        {%- endfor %}
    where false
{% endmacro %}

{% macro landed_files(folder) %}
    {{- return(adapter.dispatch('landed_files')(folder)) -}}
{% endmacro %}

{% macro duckdb__landed_files(folder) -%}
    read_parquet('{{ folder | replace("'", "''") }}/*.parquet', union_by_name = true, filename = true, file_row_number = true)
{%- endmacro %}

{# A row's address in its delivery, for datasets without line ids. #}
{% macro row_identity() -%}
    parse_filename(filename) || ':' || file_row_number
{%- endmacro %}

{#
    Snake-case name -> the column's own spelling in this delivery. Of CSV, landing keeps the rows
    under the columns' positions: headers may differ only by case.
#}
{% macro raw_names(delivery) %}
    {% set names = {} %}
    {% for column in delivery.columns %}
        {% do names.setdefault(snake_case(column), column) %}
    {% endfor %}
    {% for column in delivery.columns %}
        {# Azure spells a column by agreement and version, some only by case: words run together. #}
        {% do names.setdefault(snake_case(column) | replace('_', ''), column) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{% macro snake_case(name) %}
    {% set re = modules.re %}
    {% set spaced = re.sub('([A-Z])', '_\\1', name) if '/' in name else re.sub('(?<=[a-z0-9])([A-Z])', '_\\1', name) %}
    {{ return(re.sub('[^a-z0-9]+', '_', spaced.lower()).strip('_')) }}
{% endmacro %}

{% macro physical(column, delivery) -%}
    {%- if delivery.is_positional -%}column_{{ (delivery.columns | list).index(column) }}
    {%- else -%}"{{ column | replace('"', '""') }}"
    {%- endif -%}
{%- endmacro %}

{# One raw column as the type the models count with; empty text is null, never zero. #}
{% macro as_kind(kind, column, delivery=none, wanted=none) %}
    {#- Any other kind is the type itself. -#}
    {%- set type = {'text': 'varchar', 'decimal': 'decimal(38, 12)', 'timestamp': 'timestamp', 'map': 'map(varchar, varchar)'}.get(kind, kind) -%}
    {%- if not column and kind == 'map' and delivery -%}{{ gathered_map(wanted ~ '_', delivery) }}::{{ type }}
    {%- elif not column -%}null::{{ type }}
    {%- elif delivery.columns[column] == 'VARCHAR' and kind == 'map' -%}
        nullif(nullif({{ physical(column, delivery) }}, ''), '{}')::json::{{ type }}
    {%- elif delivery.columns[column] == 'VARCHAR' and kind == 'decimal' -%}
        {%- set text = "nullif(" ~ physical(column, delivery) ~ ", '')" -%}
        {#- Text with more than 12 decimals takes 50 times longer straight to 38 digits. -#}
        coalesce(try_cast({{ text }} as decimal(18, 12))::{{ type }}, {{ text }}::{{ type }})
    {%- elif kind == 'text' and delivery.columns[column].startswith(('MAP', 'STRUCT')) -%}
        to_json({{ physical(column, delivery) }})::varchar
    {%- elif delivery.columns[column] == 'VARCHAR' -%}
        nullif({{ physical(column, delivery) }}, ''){{ '::' ~ type if kind != 'text' }}
    {%- else -%}{{ physical(column, delivery) }}::{{ type }}
    {%- endif -%}
{% endmacro %}

{# Where a format has one column per key (`resourceTags/user:team`), the map those columns spell. #}
{% macro gathered_map(prefix, delivery) %}
    {%- set entries = [] -%}
    {%- for column in delivery.columns if snake_case(column).startswith(prefix) -%}
        {%- set key = column.split('/', 1)[1] if '/' in column else column[prefix | length:] -%}
        {%- do entries.append("{'key': '" ~ key | replace("'", "''") ~ "', 'value': nullif(" ~ physical(column, delivery) ~ "::varchar, '')}") -%}
    {%- endfor -%}
    {%- if entries -%}
        map_from_entries(list_filter([{{ entries | join(', ') }}], lambda entry: entry.value is not null))
    {%- else -%}null
    {%- endif -%}
{% endmacro %}

{#
    Tags as FOCUS wants them: the customer's own keys bare, the provider's with its prefix.
    `user:team`, `user_team` -> `team`; `aws:createdBy`, `aws_created_by` -> `aws:...`. No empty values.
#}
{% macro own_tags(tags) -%}
    map_from_entries(
        list_transform(
            list_filter(map_entries({{ tags }}), lambda tag: tag.value != ''),
            lambda tag: {
                'key': case
                    when tag.key[:5] in ('user:', 'user_') then tag.key[6:]
                    when tag.key = 'aws_created_by' then 'aws:createdBy'
                    when tag.key[:4] = 'aws_' then 'aws:' || tag.key[5:]
                    else tag.key
                end,
                'value': tag.value
            }
        )
    )
{%- endmacro %}
