with
    resource_costs_and_ledger as (
        select
            organization_id,
            connection_id,
            billing_period,
            billing_currency,
            billed_cost,
            effective_cost,
            charge_count
        from {{ ref("fct_daily_resource_costs") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        union all
        select
            organization_id,
            connection_id,
            billing_period,
            billing_currency,
            - resource_billed_cost,
            - resource_effective_cost,
            - resource_charge_count
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
    sum(charge_count) as charge_count_difference
from resource_costs_and_ledger
group by all
having sum(billed_cost) <> 0 or sum(effective_cost) <> 0 or sum(charge_count) <> 0
