{#
    Find the organization that owned a row's account on the day of the charge. A left join: rows of
    accounts that nobody registered stay, without an organization. A charge of no account (a fee, tax,
    support) is its payer's, if the payer itself is registered.

    The open end is a comparison and not `is null or`: with an `or` DuckDB compares every charge with
    every account.
#}
{% macro join_owners(relation) -%}
    left join
        {{ ref("int_account_owners") }} as owners
        on {{ relation }}.company_id = owners.company_id
        and {{ relation }}.provider = owners.provider
        and coalesce({{ relation }}.sub_account_id, {{ relation }}.billing_account_id) = owners.account_id
        and {{ relation }}.charge_period_start >= owners.valid_from
        and {{ relation }}.charge_period_start < coalesce(owners.valid_to, cast('infinity' as timestamp))
{%- endmacro %}

{# True unless the owner is a deleted organization. After join_owners. #}
{% macro is_kept(owners) -%}
    coalesce({{ owners }}.organization_id, '') <> '{{ var("suppressed") }}'
{%- endmacro %}

{#
    True for rows that report beside the bill what a deleted organization's account did on a day.
    Who reports by resource names the account inside of the resource's id.
#}
{% macro is_suppressed(relation, account_or_resource, day) -%}
    exists (
        select suppressed.account_id
        from {{ ref("stg_registry__suppressed_accounts") }} as suppressed
        where
            suppressed.company_id = {{ relation }}.company_id
            and suppressed.provider = {{ relation }}.provider
            and suppressed.valid_from <= {{ relation }}.{{ day }}
            and coalesce(suppressed.valid_to, cast('infinity' as date)) > {{ relation }}.{{ day }}
            and contains(lower({{ relation }}.{{ account_or_resource }}), lower(suppressed.account_id))
    )
{%- endmacro %}
