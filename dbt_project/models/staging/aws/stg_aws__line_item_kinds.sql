select
    *,
    coalesce(line_item_operation in ('EKSPod-EC2', 'ECSTask-EC2'), false) as is_split_cost,
    coalesce(line_item_line_item_type like '%Discount', false) as is_discount,
    coalesce(
        line_item_line_item_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation'), false
    ) as is_plan_fold,
    coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n) as commitment_arn,
    coalesce(line_item_unblended_cost, 0) as unblended_cost,
    case
        when is_discount and has_net_costs
        then coalesce(line_item_net_unblended_cost, 0)
        else coalesce(line_item_net_unblended_cost, line_item_unblended_cost, 0)
    end as net_cost,
    coalesce(
        nullif(pricing_public_on_demand_cost, 0), line_item_unblended_cost, 0
    ) as on_demand_cost,
    case
        line_item_line_item_type
        when 'SavingsPlanRecurringFee'
        then true
        when 'SavingsPlanUpfrontFee'
        then true
        when 'Fee'
        then reservation_reservation_a_r_n is not null
        -- Some services bill reservations without amortisation columns: their fee stays a cost.
        when 'RIFee'
        then
            coalesce(
                reservation_unused_recurring_fee,
                reservation_amortized_upfront_fee_for_billing_period
            )
            is not null
        when 'Refund'
        then
            coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n) is not null
            or coalesce(
                line_item_product_code = 'ComputeSavingsPlans'
                and line_item_line_item_description like 'Refund for one-time fee%',
                false
            )
        else false
    end as pays_for_commitment,
    coalesce(product_product_name, product['product_name']) as product_name,
    coalesce(product_operating_system, product['operating_system']) as operating_system,
    {{ own_tags("coalesce(resource_tags, tags)") }} as user_tags
from {{ ref("stg_aws__line_items") }}
