select
    assignments.provider,
    assignments.account_id,
    assignments.organization_id,
    assignments.valid_from,
    assignments.valid_to
from {{ source('registry', 'cloud_account_assignments') }} as assignments
