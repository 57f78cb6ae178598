{{ config(materialized="table") }}
with
    organizations as (
        select organization_id, company_id, created_at, removed_at, organization_name
        from {{ ref("stg_registry__organizations") }}
        union all
        select
            'unassigned' as organization_id,
            company_id,
            created_at,
            null as removed_at,
            'Unassigned' as organization_name
        from {{ ref("stg_registry__companies") }}
    )

select
    organizations.organization_id,
    organizations.company_id,
    organizations.created_at,
    organizations.removed_at,
    organizations.organization_name,
    companies.company_name,
    companies.plan,
    organizations.removed_at is null as is_living,
    organizations.organization_id = 'unassigned' as is_unassigned
from organizations
inner join
    {{ ref("stg_registry__companies") }} as companies
    on organizations.company_id = companies.company_id
