{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    months as (
        select
            organization_id,
            company_id,
            connection_id,
            billing_period,
            provider_name,
            billing_currency,
            sum(covered_ode_cost) as covered_ode_cost,
            sum(covered_effective_cost) as covered_effective_cost,
            sum(covered_list_cost) as covered_list_cost,
            sum(on_demand_cost) as on_demand_cost,
            sum(on_demand_list_cost) as on_demand_list_cost,
            sum(unused_cost) as unused_cost,
            sum(covered_effective_cost + unused_cost) as committed_cost,
            sum(covered_ode_cost - covered_effective_cost) as gross_savings_cost,
            sum(covered_ode_cost - covered_effective_cost - unused_cost) as net_savings_cost,
            sum(covered_hours) as covered_hours,
            sum(on_demand_hours) as on_demand_hours,
            sum(covered_normalized_units) as covered_normalized_units,
            sum(on_demand_normalized_units) as on_demand_normalized_units,
            sum(committed_normalized_units) as committed_normalized_units
        from {{ ref("fct_commitment_coverage_daily") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        group by all
    ),

    rates as (
        select
            *,
            {{ coverage_ratios() }},
            {{ share_of("covered_effective_cost", "committed_cost") }} as utilization_ratio,
            {{ ratio_of("covered_effective_cost", "covered_ode_cost") }}
            as break_even_utilization_ratio,
            {{ ratio_of("net_savings_cost", "(covered_ode_cost + on_demand_cost)") }}
            as effective_savings_ratio,
            {{
                ratio_of(
                    "(covered_list_cost + on_demand_list_cost - on_demand_cost - committed_cost)",
                    "(covered_list_cost + on_demand_list_cost)",
                )
            }} as list_savings_ratio
        from months
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    provider_name,
    billing_currency,
    covered_ode_cost,
    on_demand_cost,
    covered_effective_cost,
    unused_cost,
    committed_cost,
    gross_savings_cost,
    net_savings_cost,
    covered_list_cost,
    on_demand_list_cost,
    covered_hours,
    on_demand_hours,
    covered_normalized_units,
    on_demand_normalized_units,
    committed_normalized_units,
    cost_coverage_ratio,
    hours_coverage_ratio,
    normalized_units_coverage_ratio,
    utilization_ratio,
    coalesce(
        commitment_ratio, cost_coverage_ratio / nullif(utilization_ratio, 0)
    ) as commitment_ratio,
    break_even_utilization_ratio,
    effective_savings_ratio,
    list_savings_ratio
from rates
