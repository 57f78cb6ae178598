{{
    differences_from_the_ledger(
        ref("fct_monthly_costs"),
        ["billed_cost", "effective_cost", "charge_count"],
        bill="company_id",
    )
}}
