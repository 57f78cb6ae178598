{% set resource_key = (
    "organization_id, company_id, connection_id, billing_period, provider_name, sub_account_id, "
    ~ "resource_id"
) %}
with
    -- One row per way a resource was billed; a machine has lines for hours, traffic, licences ...
    resource_uses as (
        select
            charges.organization_id,
            charges.company_id,
            charges.connection_id,
            charges.billing_period,
            charges.sub_account_id,
            charges.resource_id,
            charges.provider_name,
            charges.resource_name,
            charges.resource_type,
            charges.service_category,
            charges.service_name,
            charges.region_id,
            charges.availability_zone,
            charges.x_instance_type as instance_type,
            charges.x_operating_system as operating_system,
            coalesce(charges.resource_id = charges.commitment_discount_id, false) as is_commitment,
            case
                when charges.charge_category <> 'Usage' or is_commitment
                then null
                when charges.pricing_category = 'Dynamic'
                then 'spot'
                when charges.pricing_category = 'Committed'
                then 'committed'
                else 'on-demand'
            end as lifecycle,
            min(charges.charge_period_start) as first_seen_at,
            max(charges.charge_period_start) as last_seen_at
        from {{ ref("int_charges") }} as charges
        where
            {{ is_changed(["connection_id", "billing_period"], "charges") }}
            and charges.resource_id is not null
        group by all
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    sub_account_id,
    resource_id,
    cast(min(first_seen_at) over (partition by {{ resource_key }}) as date) as first_seen_date,
    cast(max(last_seen_at) over (partition by {{ resource_key }}) as date) as last_seen_date,
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
from resource_uses
-- The newest line that names a machine speaks for it: a traffic line knows neither type nor OS.
qualify
    row_number() over (
        partition by {{ resource_key }}
        order by
            lifecycle is null,
            instance_type is null,
            last_seen_at desc,
            lifecycle,
            service_name,
            region_id,
            availability_zone,
            operating_system
    )
    = 1
