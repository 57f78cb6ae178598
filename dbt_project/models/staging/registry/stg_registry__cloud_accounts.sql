select provider, account_id, name as account_name
from {{ source('registry', 'cloud_accounts') }}
