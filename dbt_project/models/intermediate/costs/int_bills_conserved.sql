with
    ledger_totals as (
        select
            company_id,
            connection_id,
            billing_period,
            delivery_id,
            billing_currency,
            sum(billed_cost) as ledger_billed_cost,
            sum(charge_count) as charge_count
        from {{ ref("int_charges_totalled") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        group by all
    ),

    -- What was dropped is no part of the bill that is left: only how many rows it was is kept.
    kept_totals as (
        select
            company_id,
            connection_id,
            billing_period,
            delivery_id,
            billing_currency,
            control_totals.control_total
            - coalesce(suppressed.suppressed_billed_cost, 0) as control_total,
            suppressed.suppressed_charge_count
        from {{ ref("stg_landing__control_totals") }} as control_totals
        left join
            {{ ref("int_charges_suppressed") }} as suppressed using (
                company_id, connection_id, billing_period, delivery_id, billing_currency
            )
    )

select
    company_id,
    connection_id,
    billing_period,
    delivery_id,
    billing_currency,
    coalesce(ledger_totals.ledger_billed_cost, 0) as ledger_billed_cost,
    coalesce(kept_totals.control_total, 0) as control_total,
    coalesce(ledger_totals.ledger_billed_cost, 0)
    - coalesce(kept_totals.control_total, 0) as billed_cost_difference,
    coalesce(ledger_totals.charge_count, 0) as charge_count,
    coalesce(kept_totals.suppressed_charge_count, 0) as suppressed_charge_count
from ledger_totals
full outer join
    kept_totals using (company_id, connection_id, billing_period, delivery_id, billing_currency)
