-- ESR = coverage x (1 - break-even utilization / utilization): three ways to the same number.
select organization_id, billing_period, effective_savings_ratio
from {{ ref("fct_commitment_savings_monthly") }}
where
    {{ is_changed(["connection_id", "billing_period"]) }}
    and utilization_ratio > 0
    and abs(
        effective_savings_ratio
        - cost_coverage_ratio * (1 - break_even_utilization_ratio / utilization_ratio)
    )
    > 0.000000001
