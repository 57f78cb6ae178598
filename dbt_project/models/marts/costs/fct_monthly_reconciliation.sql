with
    charges as (
        select
            organization_id,
            company_id,
            connection_id,
            billing_account_id,
            billing_period,
            coalesce(invoice_id, '(open)') as invoice_id,
            billing_currency,
            billed_cost,
            effective_cost,
            - coalesce(x_amortized_upfront_cost, 0) as amortized_upfront_cost,
            case
                when
                    charge_category = 'Purchase'
                    and charge_frequency = 'One-Time'
                    and commitment_discount_id is not null
                then billed_cost
                else 0
            end as upfront_cost,
            invoice_id is not null as is_invoiced,
            x_amortized_upfront_cost is not null as is_amortization_known
        from {{ ref("int_charges") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_account_id,
    billing_period,
    invoice_id,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(amortized_upfront_cost) as amortized_upfront_cost,
    sum(upfront_cost) as upfront_cost,
    -- A bill that never says what an upfront payment amortizes to leaves the bridge open.
    case
        when bool_and(is_amortization_known or billed_cost = effective_cost + upfront_cost)
        then sum(billed_cost - effective_cost - amortized_upfront_cost - upfront_cost)
    end as bridge_residual_cost,
    count(*) as charge_count,
    is_invoiced
from charges
group by all
