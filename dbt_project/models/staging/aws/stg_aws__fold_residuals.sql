-- Savings Plan negations cancel the on-demand cost of covered usage per plan and hour; discount
-- rows cancel the difference of gross and net per payer and invoice. Both are folded away; a rest
-- that
-- does not cancel is money. A bill without discount rows has its discounts in net costs only.
with
    folds as (
        select
            connection_id,
            company_id,
            provider,
            billing_period,
            delivery_id,
            bill_payer_account_id,
            bill_invoice_id,
            line_item_currency_code,
            bill_billing_period_start_date,
            bill_billing_period_end_date,
            is_plan_fold,
            case when is_plan_fold then commitment_arn else bill_payer_account_id end as fold_key,
            case
                when is_plan_fold
                then line_item_usage_start_date
                else bill_billing_period_start_date
            end as fold_start,
            case
                when is_plan_fold then line_item_usage_end_date else bill_billing_period_end_date
            end as fold_end,
            min(
                if(is_plan_fold, line_item_usage_account_id, bill_payer_account_id)
            ) as usage_account_id,
            min(bill_payer_account_name) as payer_account_name,
            min_by(
                if(is_plan_fold, line_item_usage_account_name, bill_payer_account_name),
                if(is_plan_fold, line_item_usage_account_id, bill_payer_account_id)
            ) as usage_account_name,
            min(line_item_legal_entity) as legal_entity,
            min(bill_invoicing_entity) as invoicing_entity,
            bool_or(is_discount) as is_discounted_by_row,
            min(line_item_product_code) filter (is_plan_fold) as product_code,
            sum(unblended_cost - case when is_plan_fold then 0 else net_cost end) as residual_cost
        from {{ ref("stg_aws__line_item_kinds") }}
        where not is_split_cost and (is_plan_fold or has_net_costs)
        group by all
    ),

    bill_folds as (
        select
            *,
            bool_or(is_discounted_by_row) over (
                partition by connection_id, billing_period
            ) as has_discount_rows
        from folds
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
                "charge_id": "md5(concat_ws('|', connection_id, billing_period, 'fold', coalesce(bill_invoice_id, ''), fold_key, is_plan_fold, fold_start))",
                "billing_period_start": "bill_billing_period_start_date",
                "billing_period_end": "bill_billing_period_end_date",
                "charge_period_start": "fold_start",
                "charge_period_end": "fold_end",
                "billing_account_id": "bill_payer_account_id",
                "billing_account_name": "payer_account_name",
                "billing_account_type": "'Payer'",
                "sub_account_id": "usage_account_id",
                "sub_account_name": "usage_account_name",
                "sub_account_type": "'Linked Account'",
                "invoice_id": "bill_invoice_id",
                "invoice_issuer_name": "coalesce(invoicing_entity, legal_entity)",
                "billing_currency": "line_item_currency_code",
                "pricing_currency": "line_item_currency_code",
                "provider_name": "'AWS'",
                "publisher_name": "legal_entity",
                "host_provider_name": "'AWS'",
                "service_provider_name": "'AWS'",
                "charge_category": "'Adjustment'",
                "charge_frequency": "'One-Time'",
                "charge_description": "case when is_plan_fold then 'Savings Plan negation that does not cancel' else 'Discount that net costs do not carry' end",
                "x_charge_type": "case when is_plan_fold then 'SavingsPlanNegation' else 'Discount' end",
                "x_service_code": "product_code",
                "billed_cost": "residual_cost",
                "effective_cost": "residual_cost",
                "contracted_cost": "residual_cost",
                "list_cost": "residual_cost",
                "pricing_currency_effective_cost": "residual_cost",
                "x_amortized_upfront_cost": "0",
            }
        )
    }}
from bill_folds
where residual_cost != 0 and (is_plan_fold or has_discount_rows)
