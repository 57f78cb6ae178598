{{
    differences_from_the_ledger(
        ref("fct_daily_costs"),
        ["billed_cost", "effective_cost", "contracted_cost", "list_cost", "charge_count"],
    )
}}
