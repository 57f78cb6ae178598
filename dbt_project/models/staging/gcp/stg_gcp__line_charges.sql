with
    described as (
        select
            *,
            case
                when promotion is not null
                then 'Credit'
                when is_fee and line_part = 'charge'
                then 'Purchase'
                when is_regular
                then 'Usage'
                when cost_type = 'tax'
                then 'Tax'
                else 'Adjustment'
            end as charge_category,
            is_used or line_part = 'unused' as is_committed,
            is_used or is_fee as has_commitment,
            coalesce(seller_name, 'Google Cloud') as publisher,
            coalesce(cost_at_list, cost) as gross_list_cost,
            coalesce(cost_at_effective_price_default, cost) as gross_contracted_cost,
            cast(
                usage_amount_in_pricing_units / coalesce(nullif(price_pricing_unit_quantity, 0), 1)
                as decimal(38, 12)
            ) as priced_quantity
        from {{ ref('stg_gcp__line_costs') }}
    ),

    priced as (
        select
            *,
            charge_category = 'Usage' and line_part <> 'unused' as is_metered,
            case
                when line_part = 'unused'
                then 0
                when charge_category = 'Usage'
                then gross_list_cost * line_share
                else billed_cost
            end as list_cost,
            case
                when line_part = 'unused'
                then 0
                when charge_category = 'Usage'
                then gross_contracted_cost * line_share
                else billed_cost
            end as contracted_cost,
            -- One unit per commitment: money for spend, the metered unit for resources.
            case
                when not (is_used or is_fee)
                then null
                when is_spend and line_part = 'charge' and is_fee
                then billed_cost
                when is_spend
                then effective_cost
                when line_part = 'unused'
                then usage_amount_in_pricing_units * (1 - utilization_ratio)
                else usage_amount_in_pricing_units * line_share
            end as commitment_quantity
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
                'charge_id': "md5(concat_ws('|', connection_id, billing_period, landed_row_id, line_part))",
                'billing_period_start': 'month_start',
                'billing_period_end': 'month_start + interval 1 month',
                'charge_period_start': 'usage_start_time',
                'charge_period_end': 'usage_end_time',
                'billing_account_id': 'billing_account_id',
                'billing_account_type': "'Billing Account'",
                'sub_account_id': 'project_id',
                'sub_account_name': 'project_name',
                'sub_account_type': "case when project_id is not null then 'Project' end",
                'invoice_issuer_name': "'Google Cloud'",
                'billing_currency': 'currency',
                'pricing_currency': "case when currency_conversion_rate is not null then 'USD' end",
                'provider_name': "'Google Cloud'",
                'publisher_name': 'publisher',
                'host_provider_name': "'Google Cloud'",
                'service_provider_name': 'publisher',
                'charge_category': 'charge_category',
                'charge_class': "case when is_correction then 'Correction' end",
                'charge_frequency': "case charge_category when 'Usage' then 'Usage-Based' when 'Purchase' then 'Recurring' else 'One-Time' end",
                'charge_description': "coalesce(promotion.full_name, promotion.name, adjustment_info_description, sku_description)",
                'pricing_category': "case when is_committed then 'Committed' when is_metered and (sku_description ilike '%spot%' or sku_description ilike '%preemptible%') then 'Dynamic' when charge_category in ('Usage', 'Purchase') then 'Standard' end",
                'service_name': 'service_description',
                'region_id': 'coalesce(location_region, location_location)',
                'availability_zone': 'location_zone',
                'resource_id': "case when is_fee then commitment_id else coalesce(resource_global_name, resource_name) end",
                'resource_name': "case when not is_fee then resource_name end",
                'sku_id': "case when charge_category <> 'Tax' then sku_id end",
                'sku_meter': "case when charge_category <> 'Tax' then sku_description end",
                'sku_price_id': "case when charge_category <> 'Tax' then concat_ws('/', sku_id, price_tier_start_amount::double, consumption_model_id) end",
                'commitment_discount_category': "case when has_commitment and is_spend then 'Spend' when has_commitment then 'Usage' end",
                'commitment_discount_id': 'case when has_commitment then commitment_id end',
                'commitment_discount_status': "case when line_part = 'unused' then 'Unused' when is_used then 'Used' end",
                'commitment_discount_type': "case when has_commitment and is_spend then 'Spend-based CUD' when has_commitment then 'Resource-based CUD' end",
                'commitment_discount_unit': "case when has_commitment and is_spend then currency when has_commitment then usage_pricing_unit end",
                'consumed_unit': 'case when is_metered then usage_unit end',
                'pricing_unit': "case when is_metered or charge_category = 'Purchase' then usage_pricing_unit end",
                'x_charge_type': "case when promotion is not null then promotion.type else coalesce(cost_type, 'regular') end",
                'x_service_code': 'service_description',
                'x_usage_type': 'sku_description',
                'tags': 'case when cardinality(user_tags) > 0 then user_tags end',
                'billed_cost': 'billed_cost',
                'effective_cost': 'effective_cost',
                'contracted_cost': 'contracted_cost',
                'list_cost': 'list_cost',
                'consumed_quantity': 'case when is_metered then usage_amount * line_share end',
                'pricing_quantity': "case when is_metered then priced_quantity * line_share when charge_category = 'Purchase' then priced_quantity end",
                'commitment_discount_quantity': 'commitment_quantity',
                'list_unit_price': 'case when is_metered and gross_list_cost >= 0 and priced_quantity > 0 then gross_list_cost / priced_quantity end',
                'contracted_unit_price': 'case when is_metered and gross_contracted_cost >= 0 and priced_quantity > 0 then gross_contracted_cost / priced_quantity end',
                'pricing_currency_effective_cost': 'effective_cost / nullif(currency_conversion_rate, 0)',
                'x_amortized_upfront_cost': '0',
            }
        )
    }}
from priced
