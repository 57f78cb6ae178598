{{ config(replaces=["company_id", "billing_period"], months_after=2) }}
-- A change of cost is a change of quantity at the old price and a change of price at the new
-- quantity. What a commitment covers has another price: how much its share changed is told apart.
{% set anomaly = "organization_id, company_id, billing_period, series_id, charge_date, billing_currency" %}
with
    days as (
        select *
        from {{ ref("int_anomalous_days_found") }}
        where {{ is_changed(["company_id", "billing_period"], months_after=2) }}
    ),

    uses as (
        select
            {{ series_id() }} as series_id,
            charge_date as usage_date,
            concat_ws(
                chr(31), region_id, usage_type, operation, instance_type, consumed_unit
            ) as kind_of_use,
            effective_cost as cost,
            coalesce(consumed_quantity, 0) as quantity,
            is_covered
        from {{ ref("int_usage_summed") }}
        where {{ is_changed_or_month_before(months=2, months_after=2) }}
    ),

    kinds as (
        select
            {{ anomaly }},
            kind_of_use,
            {%- for age, day in {"new": "charge_date", "old": "reference_date"}.items() %}
                {{ sum_where("cost", "usage_date = " ~ day) }} as {{ age }}_cost,
                {{ sum_where("quantity", "usage_date = " ~ day) }} as {{ age }}_quantity,
                {{ sum_where("cost", "is_covered and usage_date = " ~ day) }}
                as {{ age }}_covered_cost,
                {{ sum_where("quantity", "is_covered and usage_date = " ~ day) }}
                as {{ age }}_covered_quantity
                {{- "," if not loop.last }}
            {%- endfor %}
        from days
        inner join uses using (series_id)
        where usage_date in (charge_date, reference_date)
        group by all
    ),

    effects as (
        select
            *,
            old_quantity > 0 and new_quantity > 0 as is_measured,
            {{ price_of("covered_cost", "covered_quantity") }} as covered_price,
            {{ price_of("cost - {age}_covered_cost", "quantity - {age}_covered_quantity") }}
            as open_price,
            case
                when is_measured
                then cast(old_cost * (new_quantity / old_quantity - 1) as decimal(38, 12))
                -- A kind of use that is new, or that ended.
                when old_quantity > 0 or new_quantity > 0
                then new_cost - old_cost
                else 0
            end as quantity_effect_cost,
            case
                when is_measured
                then
                    cast(
                        (
                            new_covered_quantity
                            - new_quantity * (old_covered_quantity / old_quantity)
                        )
                        * coalesce(covered_price - open_price, 0) as decimal(38, 12)
                    )
                else 0
            end as coverage_effect_cost
        from kinds
    )

select
    {{ anomaly }},
    sum(quantity_effect_cost) as quantity_effect_cost,
    sum(coverage_effect_cost) as coverage_effect_cost,
    sum(
        case
            when is_measured
            then new_cost - old_cost - quantity_effect_cost - coverage_effect_cost
            else 0
        end
    ) as price_effect_cost
from effects
group by all
