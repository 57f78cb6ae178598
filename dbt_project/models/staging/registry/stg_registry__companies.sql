select company_id, name as company_name, plan, created_at from {{ source("registry", "companies") }}
