-- Of commitments whose whole term was loaded: what usage was charged and what nobody used is what
-- was billed. Under half a cent is the bill's own rounding.
select commitment_id, committed_cost, purchased_cost
from {{ ref("dim_commitments") }}
where
    first_seen_date <= cast(started_at as date)
    and last_seen_date >= cast(ended_at - interval 1 second as date)
    and abs(committed_cost - purchased_cost) >= 0.005
