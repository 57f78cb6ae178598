select connection_id, company_id, name as connection_name, provider, created_at, disconnected_at
from {{ source("registry", "connections") }}
