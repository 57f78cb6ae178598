select company_id, name as company_name, plan, created_at, reporting_currency, is_active
from {{ source("registry", "companies") }}
