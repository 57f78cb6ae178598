{{ config(partitioned_by=['organization_id', 'billing_period']) }}
with
    charges as (
        {% for provider in var('providers') %}
            select {{ ledger_columns() | join(', ') }}
            from {{ ref('stg_' ~ provider ~ '__charges') }}
            {{ 'union all' if not loop.last }}
        {% endfor %}
    ),

    -- An account belongs to one organization at a time; bills of another company never reach it.
    assignments as (
        select
            organizations.company_id,
            assignments.provider,
            assignments.account_id,
            assignments.organization_id,
            assignments.valid_from,
            assignments.valid_to
        from {{ ref('stg_registry__cloud_account_assignments') }} as assignments
        inner join
            {{ ref('stg_registry__organizations') }} as organizations
            on assignments.organization_id = organizations.organization_id
    )

select
    coalesce(assignments.organization_id, 'unassigned') as organization_id,
    {%- for column in ledger_columns() if column != 'provider' %}
        {%- if column in ['service_name', 'service_category', 'service_subcategory'] %}
    coalesce(charges.{{ column }}, services.{{ column }}{{ ", 'Other'" if column == 'service_category' }}{{ ", 'Other (' || coalesce(charges.service_category, services.service_category, 'Other') || ')'" if column == 'service_subcategory' }}{{ ', charges.x_service_code' if column == 'service_name' }}) as {{ column }},
        {%- else %}
    charges.{{ column }},
        {%- endif %}
    {%- endfor %}
from charges
left join
    {{ ref('services') }} as services
    on charges.provider = services.provider
    and charges.x_service_code = services.service_code
left join
    assignments
    on charges.company_id = assignments.company_id
    and charges.provider = assignments.provider
    -- What belongs to no account of a payer belongs to the payer: it can be registered too.
    and coalesce(charges.sub_account_id, charges.billing_account_id) = assignments.account_id
    and charges.charge_period_start >= assignments.valid_from
    and (assignments.valid_to is null or charges.charge_period_start < assignments.valid_to)
