{{ config(replaces=["connection_id", "billing_period", "delivery_id"]) }}
select
    charges.organization_id,
    charges.company_id,
    charges.connection_id,
    charges.billing_period,
    charges.delivery_id,
    charges.billing_account_id,
    charges.sub_account_id,
    deliveries.submitted_at,
    charges.service_name,
    charges.charge_category,
    charges.billing_currency,
    sum(charges.billed_cost) as billed_cost,
    sum(charges.effective_cost) as effective_cost,
    count(*) as charge_count,
    bool_or(
        charges.invoice_id is not null and charges.charge_category = 'Usage'
    ) as has_invoiced_usage
from {{ ref("int_charges") }} as charges
left join
    {{ ref("stg_landing__deliveries") }} as deliveries
    on charges.connection_id = deliveries.connection_id
    and charges.billing_period = deliveries.billing_period
    and charges.delivery_id = deliveries.delivery_id
where {{ is_changed(["connection_id", "billing_period", "delivery_id"], "charges") }}
group by all
