{{ config(materialized="view") }}
{% set resource_key = "organization_id, company_id, provider_name, sub_account_id, resource_id" %}
select
    organization_id,
    company_id,
    sub_account_id,
    resource_id,
    min(first_seen_date) over (partition by {{ resource_key }}) as first_seen_date,
    max(last_seen_date) over (partition by {{ resource_key }}) as last_seen_date,
    provider_name,
    resource_name,
    resource_type,
    service_category,
    service_name,
    region_id,
    availability_zone,
    instance_type,
    operating_system,
    lifecycle,
    is_commitment
from {{ ref("int_resources_seen") }}
qualify
    row_number() over (
        partition by {{ resource_key }}
        order by last_seen_date desc, billing_period desc, connection_id
    )
    = 1
