{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    charges as (
        select
            charges.*,
            date_diff('hour', charge_period_start, charge_period_end) as span_hours,
            case
                when charge_category = 'Purchase'
                then 'purchase'
                when commitment_discount_status = 'Used'
                then 'used'
                else 'unused'
            end as kind,
            {{ on_demand_equivalent("charges") }} as ode_cost
        from {{ ref("int_charges") }} as charges
        where
            {{ is_changed(["connection_id", "billing_period"], "charges") }}
            and commitment_discount_id is not null
            and (
                charge_category = 'Purchase'
                or (charge_category = 'Usage' and commitment_discount_status is not null)
            )
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    billing_account_id,
    sub_account_id,
    commitment_discount_id as commitment_id,
    case
        when span_hours <= 1 then date_trunc('hour', charge_period_start) else charge_period_start
    end as period_start_at,
    case
        when span_hours <= 1
        then date_trunc('hour', charge_period_start) + interval 1 hour
        else charge_period_end
    end as period_end_at,
    kind,
    provider_name,
    commitment_discount_category as commitment_category,
    commitment_discount_type as commitment_type,
    commitment_discount_unit as commitment_unit,
    commitment_discount_name as commitment_name,
    x_commitment_owner_account_id as named_owner_account_id,
    -- What was committed to stands on its fee; what used it is described elsewhere.
    case when kind <> 'used' then service_name end as service_name,
    case when kind <> 'used' then region_id end as region_id,
    case when kind <> 'used' then x_instance_type end as instance_type,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(
        case when kind = 'purchase' and charge_frequency = 'One-Time' then billed_cost else 0 end
    ) as upfront_cost,
    sum(effective_cost) as effective_cost,
    sum(case when kind = 'used' then ode_cost else 0 end) as ode_cost,
    sum(case when kind = 'used' then list_cost else 0 end) as list_cost,
    sum(commitment_discount_quantity) as commitment_quantity,
    max(span_hours) as span_hours,
    bool_and(invoice_id is not null) as is_invoiced
from charges
group by all
