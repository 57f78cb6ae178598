select event_id, occurred_at, company_id, organization_id, email, event_type, inquiry_id, subject
from {{ source("platform", "inquiries") }}
qualify row_number() over (partition by event_id order by landed_at desc, drop_name desc) = 1
