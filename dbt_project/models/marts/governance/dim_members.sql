{{ config(materialized="table") }}
with
    members_of_organizations as (
        select organization_id, member_id
        from {{ ref("stg_registry__member_grants") }}
        union
        select 'unassigned' as organization_id, member_id
        from {{ ref("stg_registry__members") }}
        where removed_at is null
    )

select
    members_of_organizations.organization_id,
    members.company_id,
    members.member_id,
    members.created_at,
    members.deactivated_at,
    members.email,
    members.member_name,
    members.is_owner,
    members.is_external,
    members.deactivated_at is null as is_active,
    members.marketing_consent_at is not null as has_marketing_consent
from members_of_organizations
inner join
    {{ ref("stg_registry__members") }} as members
    on members_of_organizations.member_id = members.member_id
