{{ config(materialized="table") }}
select
    organization_id,
    company_id,
    billing_period,
    provider,
    billing_currency,
    cost_without_managed as without_managed_cost,
    cost_with_managed as with_managed_cost,
    resale_gain as resale_gain_cost,
    true_up as true_up_cost,
    realized_savings as realized_savings_cost,
    loss_carry_in as loss_carry_in_cost,
    loss_carry_out as loss_carry_out_cost,
    fee as fee_cost,
    cast(fee_ratio as double) as fee_ratio,
    is_final
from {{ ref("stg_registry__savings_fee_monthly") }}
