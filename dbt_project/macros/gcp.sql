{# The sum of a row's credits that meet a condition on `credit`; negative, 0 without any. #}
{% macro credit_sum(condition) -%}
    cast(coalesce(list_sum(list_transform(list_filter(credits, lambda credit: {{ condition }}), lambda credit: credit.amount)), 0) as decimal(38, 12))
{%- endmacro %}

{# The one id that a row's credits that meet a condition name; null when they name none or several. #}
{% macro only_credit_id(condition) -%}
    {%- set ids = "list_distinct(list_transform(list_filter(credits, lambda credit: " ~ condition ~ "), lambda credit: coalesce(credit.id, '')))" -%}
    case when len({{ ids }}) = 1 then nullif(({{ ids }})[1], '') end
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

{# Where the tiers of a price begin, at Google's list price or at the account's own. #}
{% macro tier_starts() -%}
    list_distinct(list_transform(
        list_concat(coalesce(list_price_tiered_rates, []), coalesce(billing_account_price_tiered_rates, [])),
        lambda rate: coalesce(rate.start_usage_amount, 0)
    ))
{%- endmacro %}

{# The rate in force where a tier begins: of those that have begun, the last. #}
{% macro rate_at(rates) -%}
    list_sort(list_transform(
        list_filter({{ rates }}, lambda rate: coalesce(rate.start_usage_amount, 0) <= tier_start_quantity),
        lambda rate: {'start': coalesce(rate.start_usage_amount, 0), 'rate': rate}
    ))[-1].rate
{%- endmacro %}

{# A rate in the account's currency, or in dollars where it has none. #}
{% macro rate_amount(rate) -%}
    case when account_currency_code is null then ({{ rate }}).usd_amount else ({{ rate }}).account_currency_amount end
{%- endmacro %}

{#
    What a resource is, from its global name: `//compute.googleapis.com/projects/a/zones/b/disks/c` ->
    `compute.googleapis.com/disks`; the service alone where the name has no kind.
#}
{% macro gcp_resource_type(global_name) -%}
    case
        when {{ global_name }} is not null
        then concat_ws(
            '/',
            regexp_extract({{ global_name }}, '^//([^/]+)', 1),
            nullif(regexp_extract({{ global_name }}, '^//[^/]+/(?:.*/)?([^/]+)/[^/]+$', 1), '')
        )
    end
{%- endmacro %}

{#
    The term of the spend-based commitment that a consumption model is of: P1Y or P3Y, by Google's ids
    of the flexible ones, else by the model's name; null for the default model.
#}
{% macro spend_commitment_term(model) -%}
    case
        when {{ model }}.consumption_model_id = 'D97B-0795-975B'
        then 'P1Y'
        when {{ model }}.consumption_model_id = '70D7-D1AB-12A4'
        then 'P3Y'
        when regexp_matches({{ model }}.consumption_model_display_name, '(?i)[13][ -]?year')
        then 'P' || regexp_extract({{ model }}.consumption_model_display_name, '(?i)([13])[ -]?year', 1) || 'Y'
    end
{%- endmacro %}

{# Whether a consumption model is of a flexible commitment, or of one to a single service. #}
{% macro spend_commitment_type(model) -%}
    case
        when
            {{ model }}.consumption_model_id in ('D97B-0795-975B', '70D7-D1AB-12A4')
            or {{ model }}.consumption_model_display_name ilike '%flex%'
        then 'FlexibleCommitment'
        else 'SpendCommitment'
    end
{%- endmacro %}
