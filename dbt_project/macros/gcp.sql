{# The sum of a row's credits that meet a condition on `credit`; negative, 0 without any. #}
{% macro credit_sum(condition) -%}
    cast(coalesce(list_sum(list_transform(list_filter(credits, lambda credit: {{ condition }}), lambda credit: credit.amount)), 0) as decimal(38, 12))
{%- endmacro %}

{#
    Labels and tags as FOCUS wants them, one map: the customer's own labels bare, everything else with
    a prefix that says where it comes from. Of a key that stands twice the first counts; no empty values.
#}
{% macro label_map() -%}
    {%- set entries = [] -%}
    {%- for column, prefix in {'labels': '', 'tags': 'tag:', 'project_labels': 'project:', 'system_labels': 'gcp:'}.items() -%}
        {%- do entries.append("list_transform(coalesce(" ~ column ~ ", []), lambda label: {'key': '" ~ prefix ~ "' || label.key, 'value': label.value})") -%}
    {%- endfor -%}
    list_reduce(
        list_transform(
            list_filter(list_concat({{ entries | join(', ') }}), lambda label: label.key is not null and label.value <> ''),
            lambda label: map([label.key], [label.value])
        ),
        lambda seen, added: map_concat(added, seen),
        cast(map() as map(varchar, varchar))
    )
{%- endmacro %}
