{{ config(replaces=["company_id", "billing_period"]) }}
{% set keys = (
    "organization_id, company_id, sub_account_id, provider_name, service_category, service_name, "
    ~ "charge_category, billing_currency"
) %}
with
    -- The list cost of a commitment's purchase is that of the usage it pays for: count it once.
    monthly_costs as (
        select
            {{ keys }},
            connection_id,
            billing_period,
            max(sub_account_name) as sub_account_name,
            sum(billed_cost) as billed_cost,
            sum(effective_cost) as effective_cost,
            sum(
                case when is_commitment_purchase then 0 else contracted_cost end
            ) as contracted_cost,
            sum(case when is_commitment_purchase then 0 else list_cost end) as list_cost,
            sum(charge_count) as charge_count
        from {{ ref("fct_daily_costs") }}
        where {{ is_changed_or_month_before() }}
        group by all
    ),

    -- Every line twice: in its month, and as the previous one of the next, where it may be missing.
    seen_costs as (
        select *, false as is_previous, billing_period as month
        from monthly_costs
        union all
        select *, true as is_previous, {{ next_month("billing_period") }} as month
        from monthly_costs
    ),

    months as (
        select
            {{ keys }},
            month as billing_period,
            max(sub_account_name) as sub_account_name,
            sum(case when is_previous then 0 else billed_cost end) as billed_cost,
            sum(case when is_previous then 0 else effective_cost end) as effective_cost,
            sum(case when is_previous then 0 else contracted_cost end) as contracted_cost,
            sum(case when is_previous then 0 else list_cost end) as list_cost,
            sum(case when is_previous then 0 else charge_count end) as charge_count,
            sum(case when is_previous then effective_cost end) as previous_cost
        from seen_costs
        group by all
        -- A connection without a bill of the month yet has lost nothing.
        having
            bool_or(
                (connection_id, month) in (select connection_id, billing_period from monthly_costs)
            )
    ),

    compared_months as (
        select
            {{ keys }},
            billing_period,
            sub_account_name,
            billed_cost,
            effective_cost,
            contracted_cost,
            list_cost,
            -- A line that is new: 0. An organization whose month before is unknown: null.
            case
                when count(previous_cost) over of_organization > 0 then coalesce(previous_cost, 0)
            end as previous_month_effective_cost,
            effective_cost - previous_month_effective_cost as effective_cost_change,
            cast(effective_cost_change as double) / nullif(
                abs(cast(previous_month_effective_cost as double)), 0
            ) as effective_cost_change_ratio,
            cast(effective_cost as double) / nullif(
                cast(
                    sum(effective_cost) over (
                        partition by organization_id, company_id, billing_period, billing_currency
                    ) as double
                ),
                0
            ) as organization_share_ratio,
            charge_count
        from months
        where {{ is_changed(["company_id", "billing_period"]) }}
        window of_organization as (partition by organization_id, company_id, billing_period)
    )

select
    compared_months.*,
    companies.reporting_currency,
    {{ reporting_rate("compared_months") }} as exchange_rate,
    {{ reporting_rate("compared_months", "previous_rates") }} as previous_month_exchange_rate,
    {{ converted("billed_cost", "exchange_rate") }} as billed_reporting_cost,
    {{ converted("effective_cost", "exchange_rate") }} as effective_reporting_cost,
    {{ converted("previous_month_effective_cost", "previous_month_exchange_rate") }}
    as previous_month_effective_reporting_cost
from
    compared_months
    {{ join_reporting_rate("compared_months") }}
    {{ join_previous_rate("compared_months") }}
