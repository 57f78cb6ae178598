with
    daily_costs_and_ledger as (
        select
            organization_id,
            connection_id,
            billing_period,
            billing_currency,
            billed_cost,
            effective_cost,
            contracted_cost,
            list_cost,
            charge_count
        from {{ ref("fct_daily_costs") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        union all
        select
            organization_id,
            connection_id,
            billing_period,
            billing_currency,
            - billed_cost,
            - effective_cost,
            - contracted_cost,
            - list_cost,
            - charge_count
        from {{ ref("int_charges_totalled") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
    )

select
    organization_id,
    connection_id,
    billing_period,
    billing_currency,
    sum(billed_cost) as billed_cost_difference,
    sum(effective_cost) as effective_cost_difference,
    sum(contracted_cost) as contracted_cost_difference,
    sum(list_cost) as list_cost_difference,
    sum(charge_count) as charge_count_difference
from daily_costs_and_ledger
group by all
having
    sum(billed_cost) <> 0
    or sum(effective_cost) <> 0
    or sum(contracted_cost) <> 0
    or sum(list_cost) <> 0
    or sum(charge_count) <> 0
