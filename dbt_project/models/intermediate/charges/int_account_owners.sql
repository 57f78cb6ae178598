{{ config(materialized="view", database="memory") }}
select
    organizations.company_id,
    assignments.provider,
    assignments.account_id,
    assignments.organization_id,
    assignments.valid_from,
    assignments.valid_to,
    assignments.account_name
from {{ ref("stg_registry__cloud_account_assignments") }} as assignments
inner join
    {{ ref("stg_registry__organizations") }} as organizations
    on assignments.organization_id = organizations.organization_id
union all
select
    company_id,
    provider,
    account_id,
    '{{ var("suppressed") }}' as organization_id,
    valid_from,
    valid_to,
    null as account_name
from {{ ref("stg_registry__suppressed_accounts") }}
