{{ config(materialized="view") }}
{% set commitment = "organization_id, company_id, commitment_id, billing_currency" %}
with
    days as (
        select
            {{ commitment }},
            charge_date,
            sum(hour_count) as hour_count,
            sum(committed_cost) as committed_cost,
            sum(used_cost) as used_cost,
            sum(used_ode_cost) as used_ode_cost,
            sum(net_savings_cost) as net_savings_cost,
            {{ share_of("sum(used_cost)", "sum(committed_cost)") }} as utilization_ratio
        from {{ ref("fct_commitment_utilization_daily") }}
        group by all
    ),

    -- The inventory is told up to its own day, also of what the bills have not reached yet.
    told_days as (
        select *
        from days
        union all
        select
            {{ commitment }},
            {{ as_of_date() }} as charge_date,
            0 as hour_count,
            0 as committed_cost,
            0 as used_cost,
            0 as used_ode_cost,
            0 as net_savings_cost,
            null as utilization_ratio
        from {{ ref("dim_commitments") }} as commitments
        where
            not exists (
                select 1
                from days
                where
                    days.organization_id = commitments.organization_id
                    and days.company_id = commitments.company_id
                    and days.commitment_id = commitments.commitment_id
                    and days.billing_currency = commitments.billing_currency
                    and days.charge_date >= {{ as_of_date() }}
            )
    )

select
    {{ commitment }},
    charge_date as as_of_date,
    cast(sum(hour_count) over to_date as bigint) as known_hours,
    sum(committed_cost) over to_date as committed_to_date_cost,
    sum(used_cost) over to_date as used_to_date_cost,
    sum(used_ode_cost) over to_date as ode_to_date_cost,
    cast(sum(hour_count) over last_28_days as bigint) as trailing_hours,
    sum(committed_cost) over last_28_days as trailing_committed_cost,
    sum(used_cost) over last_28_days as trailing_used_cost,
    sum(used_ode_cost) over last_28_days as trailing_ode_cost,
    sum(net_savings_cost) over last_28_days as trailing_net_savings_cost,
    quantile_cont(utilization_ratio, 0.1) over last_28_days as low_utilization_ratio
from told_days
window
    to_date as (partition by {{ commitment }} order by charge_date),
    last_28_days as (
        partition by {{ commitment }}
        order by charge_date range between interval 27 days preceding and current row
    )
