{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    charges as (
        select charges.*, cast(charge_period_start as date) as charge_date
        from {{ ref("int_charges") }} as charges
        where
            {{ is_changed(["connection_id", "billing_period"], "charges") }}
            and resource_id is not null
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    sub_account_id,
    resource_id,
    charge_date,
    provider_name,
    service_name,
    region_id,
    charge_category,
    pricing_category,
    commitment_discount_status,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(contracted_cost) as contracted_cost,
    sum(list_cost) as list_cost,
    count(*) as charge_count
from charges
group by all
