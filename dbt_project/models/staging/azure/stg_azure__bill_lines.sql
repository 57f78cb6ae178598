with
    -- Usage, taxes and Marketplace stand in both exports, so each row is taken from one of them.
    bill_lines as (
        select *
        from {{ ref("stg_azure__cost_line_kinds") }}
        where pays_for_commitment = (export_part = 'actual')
    ),

    described as (
        select
            bill_lines.*,
            case
                when is_unused or charge_word = 'usage'
                then 'Usage'
                when charge_word = 'purchase' or pays_for_commitment
                then 'Purchase'
                when charge_word in ('tax', 'credit')
                then upper(charge_word[1]) || charge_word[2:]
                else 'Adjustment'
            end as charge_category,
            case
                when not (is_committed or pays_for_commitment)
                then null
                when
                    contains(commitment_id, '/microsoft.billingbenefits/')
                    or model_word = 'savingsplan'
                then 'Savings Plan'
                else 'Reservation'
            end as commitment_type,
            case when is_committed then 0 else line_cost end as billed,
            case when pays_for_commitment then 0 else line_cost end as effective,
            cast(
                coalesce(list_price, contracted_price) * quantity as decimal(38, 12)
            ) as list_by_price,
            cast(
                coalesce(contracted_price, list_price) * quantity as decimal(38, 12)
            ) as contracted_by_price,
            -- Azure gives Marketplace no price, and a purchase that is returned no price below 0.
            case
                when line_cost / nullif(quantity, 0) >= 0
                then cast(line_cost / quantity as decimal(38, 12))
            end as paid_price,
            coalesce(units.block_size, 1) as block_size,
            coalesce(units.unit, unit_name) as unit,
            coalesce(regions.region_id, lower(replace(location_name, ' ', ''))) as known_region_id,
            regions.region_name as known_region_name,
            resource_types.resource_type as known_resource_type,
            coalesce(
                services.service_code, lower(consumed_service), lower(meter_category)
            ) as service_key
        from bill_lines
        left join
            {{ ref("azure_pricing_units") }} as units
            on lower(bill_lines.unit_name) = units.unit_of_measure
        left join
            {{ ref("azure_regions") }} as regions
            on lower(trim(bill_lines.location_name)) = regions.location
        left join
            {{ ref("azure_resource_types") }} as resource_types
            on bill_lines.resource_type_id = resource_types.resource_type_id
        left join
            {{ ref("services") }} as services
            on services.provider = 'azure'
            and bill_lines.resource_type_id = services.service_code
    )

select
    *,
    -- The exports count blocks: quantity x unit price is the cost. Of virtual machines in
    -- blocks of 100 hours they have always counted hours.
    case
        when unit_name = '100 Hours' and meter_category = 'Virtual Machines'
        then quantity
        else cast(quantity * block_size as decimal(38, 12))
    end as unit_quantity
from described
