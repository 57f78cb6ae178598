with
    seen as (
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
            service_name,
            x_service_code,
            -- A Marketplace product is its vendor's, and no seed can know them all.
            coalesce(service_provider_name <> provider_name, false) as is_third_party
        from {{ ref("int_charges") }}
        where {{ is_changed(["connection_id", "billing_period"]) }} and service_name is not null
        group by all
    )

select
    seen.organization_id,
    seen.company_id,
    seen.connection_id,
    seen.billing_period,
    min(seen.first_seen_date) as first_seen_date,
    max(seen.last_seen_date) as last_seen_date,
    seen.provider_name,
    seen.service_category,
    seen.service_subcategory,
    seen.service_name,
    -- Without a code the bill itself says what the service is.
    bool_and(
        seen.service_category <> 'Other'
        or seen.is_third_party
        or seen.x_service_code is null
        or services.service_code is not null
    ) as is_known
from seen
left join
    {{ ref("stg_registry__connections") }} as connections
    on seen.connection_id = connections.connection_id
left join
    {{ ref("services") }} as services
    on connections.provider = services.provider
    and seen.x_service_code = services.service_code
group by all
