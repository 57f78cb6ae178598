select
    utilization.organization_id,
    utilization.company_id,
    utilization.billing_period as month,
    utilization.provider_name as provider,
    commitments.owner_account_id as account,
    utilization.commitment_id as commitment,
    commitments.commitment_name as name,
    utilization.commitment_type as type,
    commitments.service_name as service,
    commitments.region_id as region,
    utilization.billing_currency as currency,
    utilization.committed_cost as committed,
    utilization.used_cost as used,
    utilization.unused_cost as unused,
    utilization.used_ode_cost as on_demand_equivalent,
    utilization.net_savings_cost as net_savings,
    utilization.utilization_ratio as used_share,
    utilization.lowest_hourly_utilization_ratio as lowest_hour,
    utilization.highest_hourly_utilization_ratio as highest_hour,
    cast(utilization.net_savings_cost as double)
    / nullif(cast(utilization.used_ode_cost as double), 0) as savings_rate,
    case
        when utilization.utilization_ratio < commitments.utilization_threshold_ratio
        then 'yes'
        else 'no'
    end as below_threshold,
    case when utilization.is_final then 'yes' else 'no' end as final
from {{ ref("fct_commitment_utilization_monthly") }} as utilization
inner join
    {{ ref("dim_commitments") }} as commitments
    on utilization.organization_id = commitments.organization_id
    and utilization.company_id = commitments.company_id
    and utilization.commitment_id = commitments.commitment_id
    and utilization.billing_currency = commitments.billing_currency
