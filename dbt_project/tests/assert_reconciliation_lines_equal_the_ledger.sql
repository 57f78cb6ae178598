{{
    differences_from_the_ledger(
        ref("fct_monthly_reconciliation"), ["billed_cost", "effective_cost", "charge_count"]
    )
}}
