{{ config(materialized="table") }}
select
    coalesce(organizations.organization_id, 'unassigned') as organization_id,
    logins.company_id,
    logins.event_id,
    logins.occurred_at,
    logins.email,
    logins.event_type,
    logins.ip_address
from {{ ref("stg_platform__logins") }} as logins
left join
    {{ ref("stg_registry__organizations") }} as organizations
    on logins.organization_id = organizations.organization_id
    and logins.company_id = organizations.company_id
