{{ config(materialized="view", database="memory") }}
{% set columns = (
    "connection_id, company_id, provider, billing_period, billing_account_id, sub_account_id, "
    "resource_id, allocated_resource_id, charge_period_start, allocation_method, usage_type, "
    "billing_currency, allocated_tags, allocated_cost, unused_cost, allocated_quantity"
) %}
with
    split_costs as (
        {% for provider in var("split_cost_providers") %}
            select {{ columns }}
            from {{ ref("stg_" ~ provider ~ "__split_costs") }} {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    coalesce(owners.organization_id, 'unassigned') as organization_id
    {%- for column in columns.split(", ") %}, split_costs.{{ column }}{% endfor %}
from split_costs {{ join_owners("split_costs") }}
where {{ is_kept("owners") }}
