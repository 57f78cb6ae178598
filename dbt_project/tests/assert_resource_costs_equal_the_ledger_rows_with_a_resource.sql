{{
    differences_from_the_ledger(
        ref("fct_daily_resource_costs"),
        ["billed_cost", "effective_cost", "charge_count"],
        of_ledger="resource_",
    )
}}
