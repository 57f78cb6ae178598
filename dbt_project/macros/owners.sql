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
