{{ config(materialized="table") }}
with
    activities as (
        select
            event_id,
            occurred_at,
            company_id,
            organization_id,
            email,
            event_type as activity_type,
            ip_address,
            null as inquiry_id,
            null as subject
        from {{ ref("stg_platform__logins") }}
        union all
        select
            event_id,
            occurred_at,
            company_id,
            organization_id,
            email,
            'inquiry_' || event_type as activity_type,
            null as ip_address,
            inquiry_id,
            subject
        from {{ ref("stg_platform__inquiries") }}
    )

select
    coalesce(organizations.organization_id, 'unassigned') as organization_id,
    activities.company_id,
    activities.event_id,
    activities.inquiry_id,
    activities.occurred_at,
    activities.email,
    activities.activity_type,
    activities.ip_address,
    activities.subject
from activities
left join
    {{ ref("stg_registry__organizations") }} as organizations
    on activities.organization_id = organizations.organization_id
    and activities.company_id = organizations.company_id
