-- Of commitments whose whole term was loaded: what usage was charged and what nobody used is what
-- was
-- billed. Under half a cent is the bill's own rounding.
with
    amortized as (
        select
            organization_id,
            company_id,
            commitment_id,
            billing_currency,
            sum(committed_cost) as committed_cost
        from {{ ref("fct_commitment_utilization_monthly") }}
        group by all
    )

select commitment_id, amortized.committed_cost, commitments.purchased_cost
from {{ ref("dim_commitments") }} as commitments
inner join amortized using (organization_id, company_id, commitment_id, billing_currency)
where
    commitments.first_seen_date <= cast(commitments.started_at as date)
    and commitments.last_seen_date >= cast(commitments.ended_at - interval 1 second as date)
    and abs(amortized.committed_cost - commitments.purchased_cost) >= 0.005
