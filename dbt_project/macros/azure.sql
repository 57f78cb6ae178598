{# Azure's dates as text: MM/DD/YYYY in EA files, ISO in others, without seconds in FocusCost 1.0. #}
{% macro azure_timestamp(text) -%}
    coalesce(
        try_strptime({{ text }}, ['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%Y-%m-%dT%H:%MZ']),
        try_cast({{ text }} as timestamp)
    )
{%- endmacro %}

{#
    Azure's tags as a map: JSON, without its outer braces in EA files. A key that stands twice keeps
    its first value; text that is no JSON is kept under the key `x_unreadable`.
#}
{% macro azure_tags(text) -%}
    {%- set object -%}
        case when left({{ text }}, 1) = '{' then {{ text }} else '{' || {{ text }} || '}' end
    {%- endset -%}
    case
        when {{ text }} is null or {{ text }} = '{}'
        then null
        when not json_valid({{ object }})
        then map_from_entries([{'key': 'x_unreadable', 'value': {{ text }}}])
        when len(json_keys({{ object }})) = list_unique(json_keys({{ object }}))
        then cast(cast({{ object }} as json) as map(varchar, varchar))
        else map_from_entries(
            list_transform(
                list_distinct(json_keys({{ object }})),
                lambda name: {
                    'key': name,
                    'value': json_extract_string(
                        {{ object }}, '/' || replace(replace(name, '~', '~0'), '/', '~1')
                    )
                }
            )
        )
    end
{%- endmacro %}

{#
    What a resource is, from its id: `.../providers/Microsoft.Sql/servers/a/databases/b` ->
    `microsoft.sql/servers/databases`. Of an extension, the last provider counts.
#}
{% macro azure_resource_type(resource_id) -%}
    case
        when contains(lower({{ resource_id }}), '/providers/')
        -- Behind the provider, types and names take turns.
        then regexp_replace(
            string_split(lower({{ resource_id }}), '/providers/')[-1],
            '/([^/]+)/[^/]*',
            '/\1',
            'g'
        )
    end
{%- endmacro %}

{# The price of a meter, which several products share: each has its own. Bills and price sheets agree on it. #}
{% macro azure_price_id() -%}
    case
        when meter_id is not null
        then concat_ws('/', coalesce(part_number, product_id), meter_id)
    end
{%- endmacro %}
