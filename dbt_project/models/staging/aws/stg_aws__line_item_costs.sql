select
    *,
    case
        when line_part = 'unused' or line_item_line_item_type = 'SavingsPlanCoveredUsage'
        then 0
        else net_cost
    end as billed_cost,
    case
        when line_part = 'unused' and net_commitment is not null
        then
            -- A ratio of decimals is a double: only this branch may be one.
            cast(
                unused_cost
                * cast(net_commitment as double)
                / nullif(savings_plan_total_commitment_to_date, 0) as decimal(38, 12)
            )
        when line_part = 'unused'
        then unused_cost
        when line_item_line_item_type = 'SavingsPlanCoveredUsage'
        then
            coalesce(
                savings_plan_net_savings_plan_effective_cost,
                savings_plan_savings_plan_effective_cost
            )
        when line_item_line_item_type = 'DiscountedUsage'
        then coalesce(reservation_net_effective_cost, reservation_effective_cost, net_cost)
        when pays_for_commitment
        then 0
        else net_cost
    end as effective_cost,
    case
        when line_part = 'unused'
        then 0
        when line_item_line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
        then on_demand_cost
        when is_discount
        then 0
        else net_cost
    end as list_cost,
    case
        when line_part = 'unused'
        then 0
        when line_item_line_item_type = 'DiscountedUsage'
        then on_demand_cost
        else net_cost
    end as contracted_cost,
    case
        when line_part = 'unused'
        then 0
        when line_item_line_item_type = 'SavingsPlanRecurringFee'
        then
            coalesce(
                savings_plan_net_amortized_upfront_commitment_for_billing_period,
                savings_plan_amortized_upfront_commitment_for_billing_period,
                0
            )
        when line_item_line_item_type = 'RIFee'
        then
            coalesce(
                reservation_net_amortized_upfront_fee_for_billing_period,
                reservation_amortized_upfront_fee_for_billing_period,
                0
            )
        else 0
    end as amortized_upfront_cost,
    -- One unit per commitment: currency for Savings Plans, normalized hours where sizes flex.
    case
        when line_part = 'unused' and line_item_line_item_type = 'SavingsPlanRecurringFee'
        then unused_cost
        when line_part = 'unused'
        then
            coalesce(
                nullif(reservation_unused_normalized_unit_quantity, 0), reservation_unused_quantity
            )
        when line_item_line_item_type = 'SavingsPlanCoveredUsage'
        then savings_plan_savings_plan_effective_cost
        when line_item_line_item_type = 'SavingsPlanRecurringFee'
        then savings_plan_total_commitment_to_date
        when line_item_line_item_type = 'RIFee'
        then
            coalesce(nullif(reservation_total_reserved_normalized_units, 0), line_item_usage_amount)
        when line_item_line_item_type = 'DiscountedUsage'
        then coalesce(nullif(line_item_normalized_usage_amount, 0), line_item_usage_amount)
    end as commitment_quantity
from {{ ref("stg_aws__line_item_parts") }}
where line_part = 'charge' or unused_cost > 0
