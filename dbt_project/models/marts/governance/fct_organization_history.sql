{{ config(materialized="table") }}
select
    coalesce(organization_id, 'unassigned') as organization_id,
    company_id,
    history_id,
    actor_id,
    occurred_at,
    event_type,
    reason
from {{ ref("stg_registry__history") }}
