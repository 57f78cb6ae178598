select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    cast(min(charge_period_start) as date) as first_seen_date,
    cast(max(charge_period_start) as date) as last_seen_date,
    provider_name,
    service_category,
    service_subcategory,
    service_name
from {{ ref("int_charges") }}
where {{ is_changed(["connection_id", "billing_period"]) }} and service_name is not null
group by all
