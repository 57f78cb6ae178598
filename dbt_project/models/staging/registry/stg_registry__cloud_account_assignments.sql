select provider, account_id, account_name, organization_id, valid_from, valid_to
from {{ source("registry", "cloud_account_assignments") }}
