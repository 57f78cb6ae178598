select company_id, provider, account_id, valid_from, valid_to
from {{ source("registry", "suppressed_accounts") }}
