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
        from {{ ref('stg_aws__line_items') }}
        where
            not is_split_cost
            and line_item_line_item_type != 'SavingsPlanNegation'
            -- Where net columns carry the discounts, a discount row without its own is one twice.
            and not (is_discount and has_net_costs and net_cost = 0)
    ),

    unused_amounts as (
        select
            *,
            case
                when line_item_line_item_type = 'SavingsPlanRecurringFee'
                then savings_plan_total_commitment_to_date - savings_plan_used_commitment
                else
                    coalesce(
                        reservation_net_unused_amortized_upfront_fee_for_billing_period,
                        reservation_unused_amortized_upfront_fee_for_billing_period,
                        0
                    ) + coalesce(reservation_net_unused_recurring_fee, reservation_unused_recurring_fee, 0)
            end as unused_cost,
            -- A private discount lowers a Savings Plan's hour as a whole; its unused part shares in it.
            (
                savings_plan_net_amortized_upfront_commitment_for_billing_period
                + savings_plan_net_recurring_commitment_for_billing_period
            ) as net_commitment
        from ledger_lines
    )

select
    *,
    case
        when line_part = 'unused' or line_item_line_item_type = 'SavingsPlanCoveredUsage' then 0
        else net_cost
    end as billed_cost,
    case
        when line_part = 'unused' and net_commitment is not null
        then unused_cost * net_commitment / nullif(savings_plan_total_commitment_to_date, 0)
        when line_part = 'unused'
        then unused_cost
        when line_item_line_item_type = 'SavingsPlanCoveredUsage'
        then
            coalesce(
                savings_plan_net_savings_plan_effective_cost, savings_plan_savings_plan_effective_cost
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
        then coalesce(nullif(reservation_total_reserved_normalized_units, 0), line_item_usage_amount)
        when line_item_line_item_type = 'DiscountedUsage'
        then coalesce(nullif(line_item_normalized_usage_amount, 0), line_item_usage_amount)
    end as commitment_quantity
from unused_amounts
where line_part = 'charge' or unused_cost > 0
