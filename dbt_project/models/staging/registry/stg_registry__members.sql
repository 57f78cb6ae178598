select
    member_id,
    company_id,
    email,
    name as member_name,
    marketing_consent_at,
    created_at,
    deactivated_at,
    removed_at,
    is_owner,
    is_external
from {{ source("registry", "members") }}
