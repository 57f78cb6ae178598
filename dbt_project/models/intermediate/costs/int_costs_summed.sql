select
    charges.organization_id,
    charges.company_id,
    charges.connection_id,
    charges.billing_period,
    charges.sub_account_id,
    cast(charges.charge_period_start as date) as charge_date,
    max(deliveries.submitted_at) as submitted_at,
    charges.provider_name,
    charges.service_name,
    charges.charge_category,
    charges.billing_currency,
    sum(charges.effective_cost) as effective_cost,
    coalesce(charges.charge_class = 'Correction', false) as is_correction,
    charges.charge_category <> 'Usage'
    or charges.charge_period_end - charges.charge_period_start > interval 1 day as is_monthly
from {{ ref("int_charges") }} as charges
left join
    {{ ref("stg_landing__deliveries") }} as deliveries
    on charges.connection_id = deliveries.connection_id
    and charges.billing_period = deliveries.billing_period
    and charges.delivery_id = deliveries.delivery_id
where {{ is_changed(["connection_id", "billing_period"], "charges") }}
group by all
