{{ config(materialized="table") }}
select organization_id, company_id, member_id, menu, level, source
from {{ ref("stg_registry__member_grants") }}
