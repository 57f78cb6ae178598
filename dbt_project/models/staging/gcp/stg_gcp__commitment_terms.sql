-- A fee's name tells the term; Google's bill does not tell when it began.
with
    fees as (
        select
            *,
            coalesce(sku_description, '')
            || ' '
            || coalesce(consumption_model_description, '') as named
        from {{ ref("stg_gcp__line_costs") }}
        where is_fee and line_part = 'charge'
    )

select
    connection_id,
    company_id,
    billing_period,
    commitment_id,
    currency as billing_currency,
    'No Upfront' as payment_option,
    cast(null as varchar) as offering_class,
    max(sku_description) as covers,
    max(location_region) as region_id,
    cast(null as varchar) as availability_zone,
    cast(null as varchar) as operating_system,
    max(12 * try_cast(regexp_extract(named, '(\d)\s*[Yy]ear', 1) as integer)) as term_months,
    cast(null as timestamp) as started_at,
    cast(null as timestamp) as ended_at,
    cast(null as decimal(38, 12)) as hourly_commitment_cost,
    cast(null as bigint) as reserved_count,
    cast(null as decimal(38, 12)) as reserved_units
from fees
group by all
