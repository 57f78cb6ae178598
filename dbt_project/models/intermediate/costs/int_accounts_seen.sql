select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    billing_account_id,
    sub_account_id,
    cast(min(charge_period_start) as date) as first_seen_date,
    cast(max(charge_period_start) as date) as last_seen_date,
    max(sub_account_name) as sub_account_name
from {{ ref("int_charges") }}
where {{ is_changed(["connection_id", "billing_period"]) }} and sub_account_id is not null
group by all
