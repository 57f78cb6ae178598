{# A view: what it shows is deleted at two different dates. #}
{{ config(materialized="view") }}
with
    activities as (
        select
            organization_id,
            company_id,
            event_id,
            null as inquiry_id,
            occurred_at,
            email,
            event_type as activity_type,
            ip_address,
            null as subject
        from {{ ref("int_logins_told") }}
        union all
        select
            organization_id,
            company_id,
            event_id,
            inquiry_id,
            occurred_at,
            email,
            'inquiry_' || event_type as activity_type,
            null as ip_address,
            subject
        from {{ ref("int_inquiries_told") }}
    )

select
    organization_id,
    company_id,
    event_id,
    inquiry_id,
    occurred_at,
    email,
    activity_type,
    ip_address,
    subject
from activities
