{{ config(partitioned_by=["organization_id", "billing_period"]) }}
{% set columns = [
    "connection_id",
    "company_id",
    "provider",
    "billing_period",
    "sub_account_id",
    "billing_account_id",
    "resource_id",
    "allocated_resource_id",
    "charge_period_start",
    "allocation_method",
    "usage_type",
    "billing_currency",
    "allocated_tags",
    "allocated_cost",
    "unused_cost",
    "allocated_quantity",
] | join(", ") %}
with
    split_costs as (
        {% for provider in var("split_cost_providers") %}
            select {{ columns }}
            from {{ ref("stg_" ~ provider ~ "__split_costs") }} {{ "union all" if not loop.last }}
        {% endfor %}
    )

select
    coalesce(owners.organization_id, 'unassigned') as organization_id,
    split_costs.company_id,
    split_costs.connection_id,
    split_costs.billing_period,
    split_costs.billing_account_id,
    split_costs.sub_account_id,
    split_costs.resource_id,
    split_costs.allocated_resource_id,
    cast(split_costs.charge_period_start as date) as charge_date,
    split_costs.allocation_method,
    split_costs.usage_type,
    split_costs.billing_currency,
    any_value(split_costs.allocated_tags) as allocated_tags,
    sum(split_costs.allocated_cost) as allocated_cost,
    sum(split_costs.unused_cost) as unused_cost,
    sum(split_costs.allocated_quantity) as allocated_quantity
from split_costs {{ join_owners("split_costs") }}
group by all
