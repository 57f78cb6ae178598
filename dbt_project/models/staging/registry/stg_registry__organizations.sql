select organization_id, company_id, name as organization_name, created_at, removed_at
from {{ source("registry", "organizations") }}
