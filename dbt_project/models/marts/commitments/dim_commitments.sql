{{ config(materialized="table") }}
{% set commitment = "organization_id, company_id, commitment_id, billing_currency" %}
with
    owned as (
        select
            *,
            min(first_seen_at) over same_commitment as first_seen,
            max(last_seen_at) over same_commitment as last_seen,
            sum(upfront_cost) over same_commitment as all_upfront_cost,
            sum(purchased_cost) over same_commitment as all_purchased_cost
        from {{ ref("int_commitments_owned") }}
        window same_commitment as (partition by {{ commitment }})
    ),

    newest as (
        select *
        from owned
        qualify
            row_number() over (
                partition by {{ commitment }} order by billing_period desc, connection_id
            )
            = 1
    ),

    -- Each term as the newest bill that knows it tells it.
    terms as (
        select
            company_id,
            commitment_id,
            billing_currency,
            max_by(payment_option, billing_period) as payment_option,
            max_by(offering_class, billing_period) as offering_class,
            max_by(covers, billing_period) as covers,
            max_by(region_id, billing_period) as region_id,
            max_by(availability_zone, billing_period) as availability_zone,
            max_by(operating_system, billing_period) as operating_system,
            max_by(term_months, billing_period) as term_months,
            min(started_at) as started_at,
            max_by(ended_at, billing_period) as ended_at,
            max_by(hourly_commitment_cost, billing_period) as hourly_commitment_cost,
            max_by(reserved_count, billing_period) as reserved_count,
            max_by(reserved_units, billing_period) as reserved_units
        from {{ ref("int_commitment_terms") }}
        group by all
    )

select
    newest.organization_id,
    newest.company_id,
    newest.commitment_id,
    newest.billing_account_id,
    newest.owner_account_id,
    cast(newest.first_seen as date) as first_seen_date,
    cast(newest.last_seen - interval 1 second as date) as last_seen_date,
    terms.started_at,
    terms.ended_at,
    newest.provider_name,
    newest.commitment_name,
    newest.commitment_category,
    newest.commitment_type,
    {{ commitment_family("newest.commitment_type") }} as commitment_family,
    newest.commitment_unit,
    newest.service_name,
    coalesce(terms.region_id, newest.region_id) as region_id,
    terms.availability_zone,
    newest.instance_type,
    newest.instance_family,
    terms.covers,
    terms.operating_system,
    terms.offering_class,
    terms.payment_option,
    terms.term_months,
    newest.billing_currency,
    newest.all_upfront_cost as upfront_cost,
    newest.all_purchased_cost as purchased_cost,
    terms.hourly_commitment_cost,
    terms.reserved_count,
    terms.reserved_units
from newest
left join terms using (company_id, commitment_id, billing_currency)
