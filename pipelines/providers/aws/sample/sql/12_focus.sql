-- The FOCUS 1.2 export: discounts folded in, no negations, commitments as Purchase and as Used and
-- Unused usage. The unused part is by the hour, finer than the month of a CUR's RIFee.
create or replace temp view focus_charges as
with unused as (
    select
        'unused' as line_item_type,
        commitments.*,
        slots.hour_no,
        slots.starts_at as charged_from,
        slots.ends_at as charged_to,
        commitment_hours.capacity - used as unused_units
    from commitment_hours
    inner join commitments on commitment_hours.commitment_no = commitments.commitment_no
    inner join slots on slots.step = 1 and commitment_hours.hour_no = slots.hour_no
    where commitment_hours.capacity > used
),
rows as (
    select *, null::decimal(18, 8) as unused_units
    from line_items
    where line_item_type <> 'SavingsPlanNegation' and split_parent is null
    union all by name
    select
        unused.* exclude (starts_at, charged_from, charged_to, product_code, description),
        charged_from as starts_at,
        charged_to as ends_at,
        0 as part_no,
        (1 - getvariable('edp_rate'))::decimal(3, 2) as net_share,
        if(kind = 'SP', 'ComputeSavingsPlans', product_code) as product_code,
        'Unused ' || commitment_name as description,
        'ap-northeast-2' as region,
        'Asia Pacific (Seoul)' as region_name,
        if(getvariable('is_final'), getvariable('invoice_id')::varchar, null) as invoice_id,
        getvariable('invoicing_entity') as legal_entity,
        'AWS' as billing_entity
    from unused
)
select
    *,
    case
        when line_item_type in ('Tax', 'Credit') then line_item_type
        when line_item_type = 'Refund' then 'Adjustment'
        when line_item_type like '%Fee' then 'Purchase'
        else 'Usage'
    end as charge_category,
    case
        when line_item_type = 'unused' then 'Unused'
        when covered_units is not null then 'Used'
    end as commitment_status,
    coalesce(net_share, 1)::decimal(3, 2) as kept,
    coalesce(edp_discount, 0) + coalesce(private_discount, 0) as folded_discount
from rows;

create or replace temp view focus_costs as
select
    *,
    case
        when commitment_status is not null then 0
        else unblended_cost - folded_discount
    end::decimal(28, 10) as billed_cost,
    case
        when commitment_status = 'Used' then
            if(kind = 'SP', covered_units, used_upfront + used_recurring) * kept
        when commitment_status = 'Unused' then
            if(kind = 'SP', unused_units, unused_units * (upfront_price + recurring_price)) * kept
        when charge_category = 'Purchase' and commitment_no is not null then 0
        else unblended_cost - folded_discount
    end::decimal(28, 10) as effective_cost,
    case
        when commitment_status = 'Unused' then 0
        when charge_category = 'Usage' then on_demand_cost
        else unblended_cost
    end::decimal(28, 10) as list_cost,
    case
        when commitment_status = 'Unused' then 0
        when charge_category = 'Usage'
            -- Spot's market price is what was contracted for.
            then if(pricing_term = 'Spot', unblended_cost, on_demand_cost) * kept
        else unblended_cost - folded_discount
    end::decimal(28, 10) as contracted_cost,
    charge_category = 'Usage' and commitment_status is distinct from 'Unused' as is_metered_row,
    charge_category in ('Usage', 'Purchase') as is_priced
from focus_charges;

create or replace temp view focus as
select
    availability_zone as "AvailabilityZone",
    billed_cost as "BilledCost",
    getvariable('payer_id') as "BillingAccountId",
    getvariable('payer_name') as "BillingAccountName",
    'Billing Account' as "BillingAccountType",
    'USD' as "BillingCurrency",
    getvariable('period_end') as "BillingPeriodEnd",
    getvariable('period_start') as "BillingPeriodStart",
    null::varchar as "CapacityReservationId",
    null::varchar as "CapacityReservationStatus",
    charge_category as "ChargeCategory",
    if(purpose = 'late refund', 'Correction', null) as "ChargeClass",
    description as "ChargeDescription",
    case
        when line_item_type in ('RIFee', 'SavingsPlanRecurringFee') then 'Recurring'
        when purpose in ('support', 'marketplace') then 'Recurring'
        when charge_category = 'Usage' then 'Usage-Based'
        else 'One-Time'
    end as "ChargeFrequency",
    ends_at as "ChargePeriodEnd",
    starts_at as "ChargePeriodStart",
    if(kind = 'SP', 'Spend', if(kind = 'RI', 'Usage', null)) as "CommitmentDiscountCategory",
    arn as "CommitmentDiscountId",
    if(arn is null, null, commitment_name) as "CommitmentDiscountName",
    case
        when commitment_status = 'Used' then covered_units
        when commitment_status = 'Unused' then unused_units
        when arn is not null and fee_units is not null then fee_units
        when arn is not null then capacity * term_hours
    end::decimal(28, 10) as "CommitmentDiscountQuantity",
    case kind
        when 'SP'
        then if(offering = 'ComputeSavingsPlans', 'Compute', 'EC2 Instance') || ' Savings Plan'
        when 'RI' then 'Reserved Instance'
    end as "CommitmentDiscountType",
    if(kind = 'SP', 'USD', if(kind = 'RI', 'Normalized Hours', null)) as "CommitmentDiscountUnit",
    commitment_status as "CommitmentDiscountStatus",
    if(is_metered_row, usage_amount, null) as "ConsumedQuantity",
    if(is_metered_row, if(pricing_unit = 'Hrs', 'Hours', pricing_unit), null) as "ConsumedUnit",
    contracted_cost as "ContractedCost",
    if(is_metered_row, if(pricing_term = 'Spot', unit_price, list_unit_price) * kept, null)
        ::decimal(28, 11) as "ContractedUnitPrice",
    effective_cost as "EffectiveCost",
    invoice_id as "InvoiceId",
    legal_entity as "InvoiceIssuerName",
    list_cost as "ListCost",
    if(is_metered_row, list_unit_price, null) as "ListUnitPrice",
    case
        when not is_priced then null
        when commitment_status is not null then 'Committed'
        when pricing_term = 'Spot' then 'Dynamic'
        else 'Standard'
    end as "PricingCategory",
    'USD' as "PricingCurrency",
    if(is_metered_row, if(pricing_term = 'Spot', unit_price, list_unit_price) * kept, null)
        ::decimal(28, 11) as "PricingCurrencyContractedUnitPrice",
    effective_cost as "PricingCurrencyEffectiveCost",
    if(is_metered_row, list_unit_price, null) as "PricingCurrencyListUnitPrice",
    if(is_priced, coalesce(unused_units, usage_amount), null) as "PricingQuantity",
    case
        when not is_priced then null
        when unused_units is not null then if(kind = 'SP', 'USD', 'Normalized Hours')
        when pricing_unit = 'Hrs' then 'Hours'
        else coalesce(pricing_unit, 'Units')
    end as "PricingUnit",
    'AWS' as "ProviderName",
    if(purpose = 'marketplace', 'Datadog, Inc.', 'Amazon Web Services, Inc.') as "PublisherName",
    if(charge_category = 'Usage', region, null) as "RegionId",
    if(charge_category = 'Usage', region_name, null) as "RegionName",
    if(commitment_status = 'Used' or arn is null, resource_id, arn) as "ResourceId",
    null::varchar as "ResourceName",
    if(commitment_status = 'Used' or arn is null, resource_type, null) as "ResourceType",
    coalesce(service_category, by_product.category, 'Other') as "ServiceCategory",
    coalesce(service_name, product_name) as "ServiceName",
    coalesce(service_subcategory, by_product.subcategory, 'Other (Other)')
        as "ServiceSubcategory",
    if(charge_category = 'Tax', null, sku) as "SkuId",
    if(is_metered_row, usage_type, null) as "SkuMeter",
    if(charge_category = 'Tax', null, sku || '.JRTCKXETXF.6YS6EN2CT7') as "SkuPriceId",
    if(
        instance_type is null or not is_metered_row,
        map {},
        map {'InstanceType': instance_type, 'OperatingSystem': 'Linux'}
    )::map(varchar, varchar) as "SkuPriceDetails",
    account_id as "SubAccountId",
    account_name as "SubAccountName",
    'Account' as "SubAccountType",
    map_from_entries(list_filter([
        {'k': 'user:team', 'v': tag_team},
        {'k': 'user:environment', 'v': tag_environment},
        {'k': 'user:app', 'v': tag_app},
        {'k': 'aws:createdBy', 'v': tag_created_by}
    ], lambda entry: entry.v is not null)) as "Tags",
    if(folded_discount = 0, map {}, map {'EdpDiscount': -folded_discount})
        ::map(varchar, decimal(28, 10)) as "x_Discounts",
    operation as "x_Operation",
    focus_costs.product_code as "x_ServiceCode",
    part_no
from focus_costs
left join (
    select
        product_code,
        min_by(service_category, sku_no) as category,
        min_by(service_subcategory, sku_no) as subcategory
    from catalog
    group by product_code
    union all
    values
    ('ComputeSavingsPlans', 'Compute', 'Virtual Machines'),
    ('AWSSupportBusiness', 'Management and Governance', 'Support')
) as by_product on focus_costs.product_code = by_product.product_code;
