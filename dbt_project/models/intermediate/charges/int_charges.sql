{{ config(partitioned_by=["organization_id", "billing_period"]) }}
{# A union carries every column of every row, so providers without a planned delivery stay out of it. #}
{% set planned = planned_deliveries() | map(attribute="provider") | unique | list %}
{# What the bill does not say of a service, the seed does; a bill's own spelling of a name does not count. #}
{% set described = {
    "service_name": "coalesce(services.service_name, charges.service_name, charges.x_service_code, charges.charge_category)",
    "service_category": "coalesce(charges.service_category, services.service_category, 'Other')",
    "service_subcategory": "coalesce(charges.service_subcategory, services.service_subcategory, 'Other (' || coalesce(charges.service_category, services.service_category, 'Other') || ')')",
} %}
with
    charges as (
        {% for provider in var("providers") if provider in planned or not planned %}
            select {{ ledger_columns() | join(", ") }}
            from {{ ref("stg_" ~ provider ~ "__charges") }} {{ 'union all' if not loop.last }}
        {% endfor %}
    )

select
    coalesce(owners.organization_id, 'unassigned') as organization_id
    {%- for column in ledger_columns() if column != "provider" %}
        , {{ described.get(column, "charges." ~ column) }} as {{ column }}
    {%- endfor %}
from charges
left join
    {{ ref("services") }} as services
    on charges.provider = services.provider
    and charges.x_service_code = services.service_code
    {{ join_owners("charges") }}
where {{ is_kept("owners") }}
