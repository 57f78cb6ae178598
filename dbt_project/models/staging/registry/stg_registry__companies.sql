select company_id, name as company_name, plan, created_at, reporting_currency
from {{ source("registry", "companies") }}
