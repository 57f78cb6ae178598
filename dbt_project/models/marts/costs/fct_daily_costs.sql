{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    charges as (
        select
            charges.*,
            cast(charge_period_start as date) as charge_date,
            charge_category = 'Purchase'
            and commitment_discount_id is not null as is_commitment_purchase
        from {{ ref("int_charges") }} as charges
        where {{ is_changed(["connection_id", "billing_period"], "charges") }}
    ),

    daily_costs as (
        select
            organization_id,
            company_id,
            connection_id,
            billing_period,
            billing_account_id,
            sub_account_id,
            charge_date,
            provider_name,
            max(billing_account_name) as billing_account_name,
            max(sub_account_name) as sub_account_name,
            service_category,
            service_subcategory,
            service_name,
            region_id,
            max(region_name) as region_name,
            charge_category,
            charge_class,
            pricing_category,
            commitment_discount_status,
            consumed_unit,
            pricing_unit,
            billing_currency,
            sum(billed_cost) as billed_cost,
            sum(effective_cost) as effective_cost,
            sum(contracted_cost) as contracted_cost,
            sum(list_cost) as list_cost,
            sum(consumed_quantity) as consumed_quantity,
            sum(pricing_quantity) as pricing_quantity,
            count(*) as charge_count,
            is_commitment_purchase
        from charges
        group by all
    )

select
    daily_costs.*,
    companies.reporting_currency,
    {{ reporting_rate("daily_costs") }} as exchange_rate,
    {{ converted("billed_cost", "exchange_rate") }} as billed_reporting_cost,
    {{ converted("effective_cost", "exchange_rate") }} as effective_reporting_cost
from daily_costs {{ join_reporting_rate("daily_costs") }}
