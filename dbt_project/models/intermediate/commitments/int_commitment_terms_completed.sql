{{ config(materialized="view", database="memory") }}
-- What no bill tells, the cloud may report beside it:
-- the metadata of Google's commitments, Azure's reservation details and transactions.
with
    commitments as (
        select distinct
            company_id,
            commitment_id,
            billing_currency,
            regexp_extract(commitment_id, '^(.+)/reservations/[^/]+$', 1) as commitment_order_id
        from {{ ref("int_commitments_seen") }}
    ),

    inventoried as (
        select
            company_id,
            commitment_discount_id as commitment_id,
            max_by(commitment_name, billing_period) as commitment_name,
            max_by(product_name, billing_period) as covers,
            max_by(region_id, billing_period) as region_id,
            max_by({{ months_of_term("commitment_term") }}, billing_period) as term_months,
            max_by(started_at, billing_period) as started_at,
            max_by(ends_at, billing_period) as ended_at
        from {{ ref("int_commitment_terms_reported") }}
        group by all
    ),

    detailed as (
        select
            company_id,
            commitment_discount_id as commitment_id,
            max_by(instance_type, usage_date) as instance_type,
            max_by(reserved_quantity, usage_date) as reserved_count
        from {{ ref("int_commitment_hours_reported") }}
        group by all
    ),

    -- A monthly payment recurs: only one paid at once says when it began.
    purchased as (
        select
            company_id,
            commitment_order_id,
            max(commitment_name) as commitment_name,
            max(instance_type) as instance_type,
            max(region_id) as region_id,
            max({{ months_of_term("commitment_term") }}) as term_months,
            max(commitment_quantity) as reserved_count,
            min(occurred_at) filter (billing_frequency ilike 'one%time') as started_at,
            case
                when bool_or(billing_frequency ilike 'one%time')
                then 'All Upfront'
                else 'No Upfront'
            end as payment_option
        from {{ ref("int_commitment_transactions_reported") }}
        where event_type ilike 'purchase'
        group by all
    )

select
    company_id,
    commitment_id,
    billing_currency,
    coalesce(inventoried.commitment_name, purchased.commitment_name) as commitment_name,
    coalesce(detailed.instance_type, purchased.instance_type) as instance_type,
    coalesce(billed.payment_option, purchased.payment_option) as payment_option,
    billed.offering_class,
    coalesce(billed.covers, inventoried.covers) as covers,
    coalesce(billed.region_id, inventoried.region_id, purchased.region_id) as region_id,
    billed.availability_zone,
    billed.operating_system,
    coalesce(billed.term_months, inventoried.term_months, purchased.term_months) as term_months,
    coalesce(billed.started_at, inventoried.started_at, purchased.started_at) as started_at,
    coalesce(
        billed.ended_at,
        inventoried.ended_at,
        coalesce(billed.started_at, purchased.started_at) + to_months(purchased.term_months)
    ) as ended_at,
    billed.hourly_commitment_cost,
    coalesce(
        billed.reserved_count,
        cast(coalesce(detailed.reserved_count, purchased.reserved_count) as bigint)
    ) as reserved_count,
    billed.reserved_units
from commitments
left join
    {{ ref("int_commitment_terms_billed") }} as billed using (
        company_id, commitment_id, billing_currency
    )
left join inventoried using (company_id, commitment_id)
left join detailed using (company_id, commitment_id)
left join purchased using (company_id, commitment_order_id)
