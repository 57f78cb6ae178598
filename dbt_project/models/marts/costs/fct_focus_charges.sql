{{ config(materialized="view") }}
with
    charges as (
        select
            *,
            (organization_id, company_id, commitment_discount_id) in (
                select (organization_id, company_id, commitment_id)
                from {{ ref("dim_commitments") }}
            ) as is_own_commitment
        from {{ ref("int_charges") }}
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    billing_period_start,
    billing_period_end,
    charge_period_start,
    charge_period_end,
    billing_account_id,
    billing_account_name,
    billing_account_type,
    sub_account_id,
    sub_account_name,
    sub_account_type,
    invoice_id,
    invoice_issuer_name,
    billing_currency,
    pricing_currency,
    host_provider_name,
    service_provider_name,
    charge_category,
    charge_class,
    charge_frequency,
    charge_description,
    pricing_category,
    service_category,
    service_subcategory,
    service_name,
    region_id,
    region_name,
    availability_zone,
    resource_id,
    resource_name,
    resource_type,
    sku_id,
    sku_meter,
    sku_price_id,
    sku_price_details,
    commitment_discount_category,
    -- An id names the account that bought: another organization's is not to be seen, only told
    -- apart.
    case
        when commitment_discount_id is null or is_own_commitment
        then commitment_discount_id
        else 'shared:' || substring(sha256(company_id || '/' || commitment_discount_id), 1, 24)
    end as commitment_discount_id,
    case when is_own_commitment then commitment_discount_name end as commitment_discount_name,
    commitment_discount_status,
    commitment_discount_type,
    commitment_discount_unit,
    capacity_reservation_id,
    capacity_reservation_status,
    consumed_unit,
    pricing_unit,
    tags,
    billed_cost,
    effective_cost,
    contracted_cost,
    list_cost,
    consumed_quantity,
    pricing_quantity,
    commitment_discount_quantity,
    list_unit_price,
    contracted_unit_price,
    pricing_currency_effective_cost,
    pricing_currency_list_unit_price,
    pricing_currency_contracted_unit_price
from charges
