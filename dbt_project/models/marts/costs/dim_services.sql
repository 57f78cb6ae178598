{{ config(materialized="table") }}
{% set service_key = "organization_id, company_id, provider_name, service_name" %}
select
    organization_id,
    company_id,
    min(first_seen_date) over (partition by {{ service_key }}) as first_seen_date,
    max(last_seen_date) over (partition by {{ service_key }}) as last_seen_date,
    provider_name,
    service_category,
    service_subcategory,
    service_name
from {{ ref("int_services_seen") }}
qualify
    row_number() over (
        partition by {{ service_key }}
        order by last_seen_date desc, billing_period desc, service_category, service_subcategory
    )
    = 1
