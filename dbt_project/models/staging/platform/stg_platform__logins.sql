select event_id, occurred_at, company_id, organization_id, email, event_type, ip_address
from {{ source("platform", "logins") }}
qualify row_number() over (partition by event_id order by landed_at desc, drop_name desc) = 1
