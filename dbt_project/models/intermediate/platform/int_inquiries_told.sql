{{ config(materialized="table") }}
select
    coalesce(organizations.organization_id, 'unassigned') as organization_id,
    inquiries.company_id,
    inquiries.event_id,
    inquiries.inquiry_id,
    inquiries.occurred_at,
    inquiries.email,
    inquiries.event_type,
    inquiries.subject
from {{ ref("stg_platform__inquiries") }} as inquiries
left join
    {{ ref("stg_registry__organizations") }} as organizations
    on inquiries.organization_id = organizations.organization_id
    and inquiries.company_id = organizations.company_id
