with
    ledger_lines as (
        select
            *,
            -- A commitment's fee line is two charges: what was paid, and what nobody used of it.
            unnest(
                case
                    when line_item_line_item_type in ('RIFee', 'SavingsPlanRecurringFee')
                    then ['charge', 'unused']
                    else ['charge']
                end
            ) as line_part
        from {{ ref("stg_aws__line_item_kinds") }}
        where
            not is_split_cost
            and line_item_line_item_type is distinct from 'SavingsPlanNegation'
            -- Where net columns carry the discounts, a discount row without its own is one twice.
            and not (is_discount and has_net_costs and net_cost = 0)
    )

select
    *,
    case
        when line_part = 'unused'
        then 'Usage'
        when line_item_line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        then 'Usage'
        when is_discount
        then 'Usage'
        when line_item_line_item_type in ('Tax', 'Credit')
        then line_item_line_item_type
        when line_item_line_item_type = 'Refund' and not pays_for_commitment
        then 'Adjustment'
        when line_item_line_item_type = 'Refund' or line_item_line_item_type like '%Fee'
        then 'Purchase'
        when line_item_line_item_type = 'FlatRateSubscription'
        then 'Purchase'
        else 'Adjustment'
    end as charge_category,
    coalesce(
        line_part = 'unused'
        or line_item_line_item_type in ('DiscountedUsage', 'SavingsPlanCoveredUsage'),
        false
    ) as is_committed,
    line_item_line_item_type in ('RIFee', 'SavingsPlanRecurringFee', 'FlatRateSubscription')
    or date_diff('day', line_item_usage_start_date, line_item_usage_end_date) >= 28 as is_recurring,
    savings_plan_savings_plan_a_r_n is not null as is_savings_plan,
    coalesce(line_item_normalized_usage_amount, reservation_total_reserved_normalized_units, 0)
    > 0 as has_normalized_units,
    coalesce(bill_billing_entity = 'AWS Marketplace', false) as is_marketplace,
    case
        when line_item_line_item_type = 'SavingsPlanRecurringFee'
        then savings_plan_total_commitment_to_date - savings_plan_used_commitment
        else
            coalesce(
                reservation_net_unused_amortized_upfront_fee_for_billing_period,
                reservation_unused_amortized_upfront_fee_for_billing_period,
                0
            )
            + coalesce(reservation_net_unused_recurring_fee, reservation_unused_recurring_fee, 0)
    end as unused_cost,
    -- A private discount lowers a Savings Plan's hour as a whole; its unused part shares in it.
    (
        savings_plan_net_amortized_upfront_commitment_for_billing_period
        + savings_plan_net_recurring_commitment_for_billing_period
    ) as net_commitment
from ledger_lines
