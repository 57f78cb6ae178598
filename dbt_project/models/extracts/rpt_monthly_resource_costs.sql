with
    resource_months as (
        select
            organization_id,
            company_id,
            billing_period as month,
            provider_name as provider,
            sub_account_id as account,
            resource_id as resource,
            service_name as service,
            region_id as region,
            billing_currency as currency,
            sum(billed_cost) as billed,
            sum(effective_cost) as effective,
            sum(contracted_cost) as contracted,
            sum(list_cost) as list,
            count(distinct charge_date) as days
        from {{ ref("fct_daily_resource_costs") }}
        group by all
    )

select
    resource_months.*,
    resources.resource_name as name,
    resources.resource_type as type,
    resources.instance_type as machine,
    resources.first_seen_date as first_seen,
    resources.last_seen_date as last_seen
from resource_months
left join
    {{ ref("dim_resources") }} as resources
    on resource_months.organization_id = resources.organization_id
    and resource_months.company_id = resources.company_id
    and resource_months.provider = resources.provider_name
    and resource_months.account = resources.sub_account_id
    and resource_months.resource = resources.resource_id
