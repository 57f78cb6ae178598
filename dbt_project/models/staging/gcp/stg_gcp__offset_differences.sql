-- The new spend model bills covered usage and takes the same amount off the fee. FOCUS bills the
-- fee
-- and nothing for what it covers: the offset moves, and what does not cancel stays money.
with
    differences as (
        select distinct
            connection_id,
            company_id,
            provider,
            billing_period,
            delivery_id,
            month_start,
            billing_account_id,
            billing_currency,
            commitment_pool,
            commitment_id,
            committed_price_cost - offset_cost as difference_cost
        from {{ ref("stg_gcp__commitment_pools") }}
        where has_offset
    )

select
    {{
        ledger_row(
            {
                "connection_id": "connection_id",
                "company_id": "company_id",
                "provider": "provider",
                "billing_period": "billing_period",
                "delivery_id": "delivery_id",
                "charge_id": "md5(concat_ws('|', connection_id, billing_period, billing_account_id, billing_currency, commitment_pool, commitment_id, 'offset'))",
                "billing_period_start": "month_start",
                "billing_period_end": "month_start + interval 1 month",
                "charge_period_start": "month_start",
                "charge_period_end": "month_start + interval 1 month",
                "billing_account_id": "billing_account_id",
                "billing_account_type": "'Billing Account'",
                "billing_currency": "billing_currency",
                "provider_name": "'Google Cloud'",
                "publisher_name": "'Google Cloud'",
                "host_provider_name": "'Google Cloud'",
                "service_provider_name": "'Google Cloud'",
                "invoice_issuer_name": "'Google Cloud'",
                "charge_category": "'Adjustment'",
                "charge_frequency": "'One-Time'",
                "charge_description": "'Covered usage that its fee offset does not cancel: ' || commitment_id",
                "x_charge_type": "'FEE_UTILIZATION_OFFSET'",
                "billed_cost": "difference_cost",
                "effective_cost": "0",
                "contracted_cost": "difference_cost",
                "list_cost": "difference_cost",
                "x_amortized_upfront_cost": "0",
            }
        )
    }}
from differences
where difference_cost <> 0
