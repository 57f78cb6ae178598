{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    months as (
        select
            organization_id,
            company_id,
            connection_id,
            billing_period,
            commitment_id,
            provider_name,
            commitment_category,
            commitment_type,
            commitment_unit,
            billing_currency,
            {{ utilization_sums() }},
            {{ hourly_utilization_extremes() }},
            cast(sum(hour_count) as bigint) as hour_count,
            bool_and(is_final) as is_final
        from {{ ref("fct_commitment_utilization_hourly") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        group by all
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    commitment_id,
    hour_count,
    provider_name,
    commitment_category,
    commitment_type,
    commitment_unit,
    billing_currency,
    committed_cost,
    used_cost,
    unused_cost,
    used_ode_cost,
    used_list_cost,
    gross_savings_cost,
    net_savings_cost,
    committed_quantity,
    used_quantity,
    unused_quantity,
    {{ utilization_ratios() }},
    lowest_hourly_utilization_ratio,
    highest_hourly_utilization_ratio,
    mean_hourly_utilization_ratio,
    is_final
from months
