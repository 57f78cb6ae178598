with
    commitments as (
        select
            company_id,
            connection_id,
            billing_period,
            commitment_id,
            min(period_start_at) as first_seen_at,
            max(period_end_at) as last_seen_at,
            max(provider_name) as provider_name,
            max(billing_account_id) as billing_account_id,
            -- Who pays the fee holds the commitment; of an account that moved, who holds it last.
            max(
                [
                    cast(period_start_at as varchar),
                    organization_id,
                    coalesce(sub_account_id, billing_account_id)
                ]
            ) filter (kind <> 'used') as payer,
            max(named_owner_account_id) as named_owner_account_id,
            max(commitment_category) as commitment_category,
            max(commitment_type) as commitment_type,
            max(commitment_unit) as commitment_unit,
            max(commitment_name) as commitment_name,
            max(service_name) as service_name,
            max(region_id) as region_id,
            max(instance_type) as instance_type,
            billing_currency,
            sum(case when kind = 'purchase' then billed_cost else 0 end) as purchased_cost,
            sum(upfront_cost) as upfront_cost,
            sum(case when kind <> 'purchase' then effective_cost else 0 end) as committed_cost,
            -- The longest time that one charge of usage covers: an hour, a day, or a month.
            coalesce(max(span_hours) filter (kind = 'used'), 1) as used_span_hours
        from {{ ref("int_commitment_charges_summed") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        group by all
    )

select
    company_id,
    connection_id,
    billing_period,
    commitment_id,
    first_seen_at,
    last_seen_at,
    provider_name,
    billing_account_id,
    payer[2] as paying_organization_id,
    payer[3] as paying_account_id,
    named_owner_account_id,
    commitment_category,
    commitment_type,
    commitment_unit,
    commitment_name,
    service_name,
    region_id,
    instance_type,
    billing_currency,
    purchased_cost,
    upfront_cost,
    committed_cost,
    used_span_hours
from commitments
