select organization_id, company_id, member_id, menu, level, source
from {{ source("registry", "member_grants") }}
