{{ config(materialized="view", database="memory") }}
-- A month in which a commitment is used up and nothing falls due names no payer: another month
-- does,
-- else the account in the commitment's own id.
with
    commitments as (
        select
            seen.*,
            connections.provider,
            max_by(seen.paying_organization_id, seen.billing_period) filter (
                seen.paying_organization_id is not null
            ) over same_commitment as last_paying_organization_id,
            max_by(seen.paying_account_id, seen.billing_period) filter (
                seen.paying_account_id is not null
            ) over same_commitment as last_paying_account_id
        from {{ ref("int_commitments_seen") }} as seen
        left join
            {{ ref("stg_registry__connections") }} as connections
            on seen.connection_id = connections.connection_id
        window same_commitment as (partition by seen.connection_id, seen.commitment_id)
    )

select
    coalesce(
        commitments.paying_organization_id,
        commitments.last_paying_organization_id,
        owners.organization_id,
        'unassigned'
    ) as organization_id,
    commitments.company_id,
    commitments.connection_id,
    commitments.billing_period,
    commitments.commitment_id,
    commitments.first_seen_at,
    commitments.last_seen_at,
    commitments.provider_name,
    commitments.billing_account_id,
    coalesce(
        commitments.paying_account_id,
        commitments.last_paying_account_id,
        commitments.named_owner_account_id,
        commitments.billing_account_id
    ) as owner_account_id,
    commitments.commitment_category,
    commitments.commitment_type,
    commitments.commitment_unit,
    commitments.commitment_name,
    commitments.service_name,
    commitments.region_id,
    commitments.instance_type,
    nullif(regexp_extract(commitments.instance_type, '^(.+)\.[^.]+$', 1), '') as instance_family,
    sizes.normalization_factor,
    commitments.billing_currency,
    commitments.purchased_cost,
    commitments.upfront_cost,
    commitments.committed_cost,
    commitments.used_span_hours
from commitments
left join
    {{ ref("int_account_owners") }} as owners
    on commitments.company_id = owners.company_id
    and commitments.provider = owners.provider
    and coalesce(commitments.named_owner_account_id, commitments.billing_account_id)
    = owners.account_id
    and commitments.last_seen_at > owners.valid_from
    and (owners.valid_to is null or commitments.last_seen_at <= owners.valid_to)
left join
    {{ ref("instance_size_factors") }} as sizes
    on regexp_extract(commitments.instance_type, '\.([^.]+)$', 1) = sizes.size
