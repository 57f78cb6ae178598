with
    -- Usage, taxes and Marketplace stand in both exports, so each row is taken from one of them.
    bill_lines as (
        select *
        from {{ ref('stg_azure__cost_lines') }}
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
                    contains(commitment_id, '/microsoft.billingbenefits/') or model_word = 'savingsplan'
                then 'Savings Plan'
                else 'Reservation'
            end as commitment_type,
            case when is_committed then 0 else line_cost end as billed,
            case when pays_for_commitment then 0 else line_cost end as effective,
            coalesce(list_price, contracted_price) * quantity as list_by_price,
            coalesce(contracted_price, list_price) * quantity as contracted_by_price,
            coalesce(units.block_size, 1) as block_size,
            coalesce(units.unit, unit_name) as unit,
            coalesce(regions.region_id, lower(replace(location_name, ' ', ''))) as known_region_id,
            regions.region_name as known_region_name,
            resource_types.resource_type as known_resource_type,
            coalesce(services.service_code, lower(consumed_service), lower(meter_category)) as service_key
        from bill_lines
        left join
            {{ ref('azure_pricing_units') }} as units
            on lower(bill_lines.unit_name) = units.unit_of_measure
        left join
            {{ ref('azure_regions') }} as regions
            on lower(trim(bill_lines.location_name)) = regions.location
        left join
            {{ ref('azure_resource_types') }} as resource_types
            on bill_lines.resource_type_id = resource_types.resource_type_id
        left join
            {{ ref('services') }} as services
            on services.provider = 'azure'
            and bill_lines.resource_type_id = services.service_code
    ),

    measured as (
        select
            *,
            -- The exports count blocks: quantity x unit price is the cost. Of virtual machines in
            -- blocks of 100 hours they have always counted hours.
            case
                when unit_name = '100 Hours' and meter_category = 'Virtual Machines'
                then quantity
                else quantity * block_size
            end as unit_quantity
        from described
    )

select
    {{
        ledger_row(
            {
                'connection_id': 'connection_id',
                'company_id': 'company_id',
                'provider': 'provider',
                'billing_period': 'billing_period',
                'delivery_id': 'delivery_id',
                'charge_id': "md5(concat_ws('|', connection_id, billing_period, export_part, landed_row_id))",
                'billing_period_start': azure_timestamp('billing_period_start_date'),
                'billing_period_end': azure_timestamp('billing_period_end_date') ~ " + interval 1 day",
                'charge_period_start': azure_timestamp('"date"'),
                'charge_period_end': azure_timestamp('"date"') ~ " + interval 1 day",
                'billing_account_id': 'case when is_customer_agreement then coalesce(billing_profile_id, billing_account_id) else billing_account_id end',
                'billing_account_name': 'case when is_customer_agreement then coalesce(billing_profile_name, billing_account_name) else billing_account_name end',
                'billing_account_type': "case when is_customer_agreement then 'Billing Profile' else 'Billing Account' end",
                'sub_account_id': "nullif(lower(subscription_id), '00000000-0000-0000-0000-000000000000')",
                'sub_account_name': 'subscription_name',
                'sub_account_type': "case when subscription_id is not null then 'Subscription' end",
                'invoice_id': 'invoice_id',
                'invoice_issuer_name': "coalesce(reseller_name, 'Microsoft')",
                'billing_currency': 'currency_code',
                'pricing_currency': 'coalesce(pricing_currency, currency_code)',
                'provider_name': "'Microsoft'",
                'publisher_name': "coalesce(publisher_name, 'Microsoft')",
                'host_provider_name': "'Microsoft'",
                'service_provider_name': "case when publisher_type ilike 'marketplace' then coalesce(publisher_name, 'Microsoft') else 'Microsoft' end",
                'charge_category': 'charge_category',
                'charge_class': "case when charge_word = 'refund' and previous_invoice_id is not null then 'Correction' end",
                'charge_frequency': "case when charge_category = 'Usage' then 'Usage-Based' when frequency ilike 'recurring' then 'Recurring' else 'One-Time' end",
                'charge_description': 'coalesce(product_name, product, meter_name)',
                'pricing_category': "case when is_committed then 'Committed' when charge_category = 'Usage' and model_word = 'spot' then 'Dynamic' when charge_category in ('Usage', 'Purchase') then 'Standard' end",
                'region_id': 'known_region_id',
                'region_name': 'known_region_name',
                'availability_zone': 'availability_zone',
                'resource_id': 'case when commitment_type is not null and (is_unused or pays_for_commitment) then commitment_id else lower(resource_id) end',
                'resource_name': "coalesce(resource_name, nullif(string_split(resource_id, '/')[-1], ''))",
                'resource_type': 'coalesce(known_resource_type, resource_type_id)',
                'sku_id': "case when charge_category != 'Tax' then coalesce(part_number, product_id, meter_id) end",
                'sku_meter': "case when charge_category != 'Tax' then meter_name end",
                'sku_price_id': "case when charge_category != 'Tax' then meter_id end",
                'commitment_discount_category': "case commitment_type when 'Savings Plan' then 'Spend' when 'Reservation' then 'Usage' end",
                'commitment_discount_id': 'case when commitment_type is not null then commitment_id end',
                'commitment_discount_name': 'case when commitment_type is not null then coalesce(benefit_name, reservation_name) end',
                'commitment_discount_status': "case when is_unused then 'Unused' when is_committed then 'Used' end",
                'commitment_discount_type': 'commitment_type',
                'commitment_discount_unit': "case commitment_type when 'Savings Plan' then currency_code when 'Reservation' then unit end",
                'consumed_unit': "case when charge_category = 'Usage' and not is_unused then unit end",
                'pricing_unit': "case when charge_category in ('Usage', 'Purchase') then case when block_size = 1 then unit else block_size || ' ' || unit end end",
                'x_charge_type': 'charge_type',
                'x_service_code': 'service_key',
                'x_operation': 'meter_sub_category',
                'x_usage_type': 'meter_name',
                'x_instance_type': "case when json_valid(additional_info) then json_extract_string(additional_info, '$.ServiceType') end",
                'x_operating_system': "case when meter_category = 'Virtual Machines' then case when contains(lower(meter_sub_category), 'windows') then 'Windows' else 'Linux' end end",
                'x_commitment_owner_account_id': 'case when pays_for_commitment then lower(subscription_id) end',
                'tags': azure_tags('tags'),
                'billed_cost': 'billed',
                'effective_cost': 'effective',
                'contracted_cost': "case when is_unused then 0 when charge_category = 'Usage' then coalesce(contracted_by_price, line_cost) else line_cost end",
                'list_cost': "case when is_unused then 0 when charge_category = 'Usage' then coalesce(nullif(payg_cost_in_billing_currency, 0), list_by_price, line_cost) else line_cost end",
                'consumed_quantity': "case when charge_category = 'Usage' and not is_unused then unit_quantity end",
                'pricing_quantity': "case when charge_category in ('Usage', 'Purchase') and not is_unused then quantity end",
                'commitment_discount_quantity': "case commitment_type when 'Savings Plan' then line_cost when 'Reservation' then unit_quantity end",
                'list_unit_price': "case when charge_category = 'Usage' and not is_unused then list_price end",
                'contracted_unit_price': "case when charge_category = 'Usage' and not is_unused then contracted_price end",
                'pricing_currency_effective_cost': 'case when pays_for_commitment then 0 else cost_in_pricing_currency end',
                'x_amortized_upfront_cost': prepaid_cost_drawn('effective', 'billed', 'pays_for_commitment or is_committed', "pays_for_commitment and commitment_id is not null and not coalesce(frequency ilike 'recurring', false)"),
            }
        )
    }}
from measured
