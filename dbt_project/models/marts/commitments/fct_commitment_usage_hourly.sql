{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    usage as (
        select
            charges.organization_id,
            charges.company_id,
            charges.connection_id,
            charges.billing_period,
            charges.sub_account_id,
            date_trunc('hour', charges.charge_period_start) as hour_at,
            greatest(
                1, date_diff('hour', charges.charge_period_start, charges.charge_period_end)
            ) as hour_count,
            charges.provider_name,
            coalesce(charges.x_service_code, charges.service_name) as service_code,
            charges.service_name,
            charges.region_id,
            charges.x_instance_type as instance_type,
            charges.x_charge_type as charge_type,
            charges.x_usage_type as usage_type,
            charges.x_operation as operation,
            charges.sku_id,
            charges.sku_price_id,
            charges.pricing_unit,
            case
                when charges.commitment_discount_status = 'Used'
                then charges.commitment_discount_type
            end as commitment_type,
            case
                when charges.commitment_discount_status = 'Used' then charges.commitment_discount_id
            end as commitment_id,
            charges.billing_currency,
            sum({{ on_demand_equivalent("charges") }}) as ode_cost,
            sum(charges.effective_cost) as effective_cost,
            sum(charges.pricing_quantity) as pricing_quantity,
            coalesce(charges.commitment_discount_status = 'Used', false) as is_covered
        from {{ ref("int_charges") }} as charges
        where
            {{ is_changed(["connection_id", "billing_period"], "charges") }}
            and charges.charge_category = 'Usage'
            and (
                charges.commitment_discount_status = 'Used'
                or (
                    charges.commitment_discount_status is null
                    and charges.pricing_category = 'Standard'
                )
            )
        group by all
    )

-- An id names the account that bought: another organization's is not to be seen.
select usage.* exclude (charge_type, commitment_id), owned.commitment_id, programs.eligible_programs
from usage
left join {{ ref("int_uses_matched") }} as programs on {{ is_same_use("usage", "programs") }}
left join
    {{ ref("int_commitments_owned") }} as owned
    on usage.connection_id = owned.connection_id
    and usage.billing_period = owned.billing_period
    and usage.commitment_id = owned.commitment_id
    and usage.billing_currency = owned.billing_currency
    and usage.organization_id = owned.organization_id
where usage.is_covered or programs.eligible_programs is not null
