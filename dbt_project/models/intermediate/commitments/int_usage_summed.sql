{{ config(partitioned_by=["organization_id", "billing_period"]) }}
select
    charges.organization_id,
    charges.company_id,
    charges.connection_id,
    charges.billing_period,
    charges.sub_account_id,
    cast(charges.charge_period_start as date) as charge_date,
    charges.provider_name,
    charges.service_name,
    charges.region_id,
    charges.x_instance_type as instance_type,
    coalesce(charges.x_service_code, charges.service_name) as service_code,
    charges.x_charge_type as charge_type,
    charges.x_usage_type as usage_type,
    charges.x_operation as operation,
    charges.consumed_unit,
    charges.pricing_unit,
    charges.pricing_category,
    case
        when charges.commitment_discount_status = 'Used' then charges.commitment_discount_type
    end as commitment_type,
    charges.billing_currency,
    sum(charges.effective_cost) as effective_cost,
    sum({{ on_demand_equivalent("charges") }}) as ode_cost,
    sum(charges.list_cost) as list_cost,
    sum(charges.consumed_quantity) as consumed_quantity,
    charges.commitment_discount_status is not null as is_covered
from {{ ref("int_charges") }} as charges
where
    {{ is_changed(["connection_id", "billing_period"], "charges") }}
    and charges.charge_category = 'Usage'
    and charges.commitment_discount_status is distinct from 'Unused'
group by all
