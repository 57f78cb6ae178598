select
    event_id,
    occurred_at,
    company_id,
    event_type,
    payment_method,
    invoice_id,
    billing_currency,
    payment_amount
from {{ source("platform", "payments") }}
qualify row_number() over (partition by event_id order by landed_at desc, drop_name desc) = 1
