{% set line = (
    "organization_id, company_id, connection_id, billing_period, billing_account_id, "
    ~ "sub_account_id, service_name, charge_category, billing_currency"
) %}
with
    delivery_costs as (
        select *
        from {{ ref("int_delivery_costs") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
    ),

    restatements as (
        select
            connection_id,
            billing_period,
            delivery_id,
            submitted_at,
            lag(delivery_id) over by_submission as previous_delivery_id,
            lag(submitted_at) over by_submission as previous_submitted_at
        from delivery_costs
        group by connection_id, billing_period, delivery_id, submitted_at
        window
            by_submission as (
                partition by connection_id, billing_period order by submitted_at, delivery_id
            )
        qualify previous_delivery_id is not null
    ),

    closed_bills as (
        select distinct
            connection_id,
            billing_period,
            billing_account_id,
            delivery_id as previous_delivery_id,
            true as is_closed
        from delivery_costs
        where has_invoiced_usage
    ),

    -- Both deliveries' costs under the later one; a line that only one of them has meets zero.
    costs_before_and_after as (
        select
            {{ line }},
            delivery_id,
            0 as previous_billed_cost,
            billed_cost,
            0 as previous_effective_cost,
            effective_cost
        from delivery_costs
        union all
        select {{ line }}, restatements.delivery_id, billed_cost, 0, effective_cost, 0
        from delivery_costs
        inner join restatements using (connection_id, billing_period)
        where delivery_costs.delivery_id = restatements.previous_delivery_id
    )

select
    {{ line }},
    delivery_id,
    previous_delivery_id,
    submitted_at,
    previous_submitted_at,
    sum(billed_cost) as billed_cost,
    sum(previous_billed_cost) as previous_billed_cost,
    sum(billed_cost - previous_billed_cost) as billed_cost_change,
    sum(effective_cost) as effective_cost,
    sum(previous_effective_cost) as previous_effective_cost,
    sum(effective_cost - previous_effective_cost) as effective_cost_change,
    coalesce(is_closed, false) as is_after_close
from costs_before_and_after
inner join restatements using (connection_id, billing_period, delivery_id)
left join
    closed_bills using (connection_id, billing_period, billing_account_id, previous_delivery_id)
group by all
having
    sum(billed_cost - previous_billed_cost) <> 0
    or sum(effective_cost - previous_effective_cost) <> 0
