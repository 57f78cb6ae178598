select
    event_id,
    occurred_at,
    company_id,
    invoice_id,
    issued_date,
    due_date,
    billing_currency,
    invoice_amount
from {{ source("platform", "invoices") }}
qualify row_number() over (partition by event_id order by landed_at desc, drop_name desc) = 1
