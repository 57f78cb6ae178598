with
    months as (
        select
            organization_id,
            company_id,
            billing_period,
            provider_name,
            sub_account_id,
            service_name,
            region_id,
            instance_type,
            billing_currency,
            {{ united_words("open_to_programs") }} as open_to_programs,
            sum(reservation_ode_cost) as reservation_ode_cost,
            sum(savings_plan_ode_cost) as savings_plan_ode_cost,
            sum(committed_use_ode_cost) as committed_use_ode_cost,
            sum(covered_ode_cost) as covered_ode_cost,
            sum(covered_effective_cost) as covered_effective_cost,
            sum(on_demand_cost) as on_demand_cost,
            sum(unused_cost) as unused_cost,
            sum(covered_hours) as covered_hours,
            sum(on_demand_hours) as on_demand_hours,
            sum(covered_normalized_units) as covered_normalized_units,
            sum(on_demand_normalized_units) as on_demand_normalized_units,
            sum(committed_normalized_units) as committed_normalized_units
        from {{ ref("fct_commitment_coverage_daily") }}
        group by all
    ),

    -- What the organization's own commitments save of a service is what converting more would.
    rated as (
        select
            *,
            {{ coverage_ratios() }},
            1
            - {{
                ratio_of(
                    "(sum(covered_effective_cost) over same_service)",
                    "(sum(covered_ode_cost) over same_service)",
                )
            }} as observed_savings_ratio
        from months
        window
            same_service as (
                partition by
                    organization_id, company_id, billing_period, service_name, billing_currency
            )
    )

select
    organization_id,
    company_id,
    billing_period as month,
    provider_name as provider,
    sub_account_id as account,
    service_name as service,
    region_id as region,
    instance_type as machine,
    billing_currency as currency,
    covered_ode_cost + on_demand_cost as eligible,
    reservation_ode_cost as covered_by_reservations,
    savings_plan_ode_cost as covered_by_savings_plans,
    committed_use_ode_cost as covered_by_committed_use,
    covered_effective_cost as commitment_cost,
    on_demand_cost as on_demand,
    unused_cost as unused,
    cast(on_demand_cost * observed_savings_ratio as decimal(38, 12)) as saving_if_converted,
    cost_coverage_ratio as covered_share,
    hours_coverage_ratio as covered_hours_share,
    normalized_units_coverage_ratio as covered_units_share,
    commitment_ratio,
    open_to_programs,
    case when commitment_ratio > 1 then 'yes' else 'no' end as over_committed
from rated
where covered_ode_cost <> 0 or on_demand_cost <> 0 or unused_cost <> 0
