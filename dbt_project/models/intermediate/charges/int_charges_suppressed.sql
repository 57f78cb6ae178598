{{ config(materialized="view", database="memory") }}
{# Only where accounts are suppressed is the bill looked at once more. #}
{% set planned = planned_deliveries() | selectattr("has_suppressed_accounts") | list %}
with
    charges as (
        {% for provider in planned | map(attribute="provider") | unique if provider in var("providers") %}
            select {{ ledger_columns() | join(", ") }}
            from {{ ref("stg_" ~ provider ~ "__charges") }} {{ "union all" if not loop.last }}
        {% else %}
            select {{ ledger_columns() | join(", ") }}
            from {{ ref("stg_" ~ var("providers")[0] ~ "__charges") }}
            where false
        {% endfor %}
    )

select
    charges.company_id,
    charges.connection_id,
    charges.billing_period,
    charges.delivery_id,
    charges.billing_currency,
    sum(charges.billed_cost) as suppressed_billed_cost,
    count(*) as suppressed_charge_count
from charges {{ join_owners("charges") }}
where owners.organization_id = '{{ var("suppressed") }}'
group by all
