{{ config(materialized="table") }}
with
    budgets as (select * from {{ ref("stg_registry__budgets") }}),

    costs as (
        select
            organization_id,
            company_id,
            billing_period,
            sub_account_id,
            charge_date,
            service_name,
            charge_category,
            null as tag_key,
            null as tag_value,
            billing_currency,
            effective_cost,
            is_monthly
        from {{ ref("int_costs_summed") }}
        union all
        select
            organization_id,
            company_id,
            billing_period,
            sub_account_id,
            charge_date,
            service_name,
            charge_category,
            tag_key,
            tag_value,
            billing_currency,
            effective_cost,
            charge_category <> 'Usage' as is_monthly
        from {{ ref("int_tag_costs_summed") }}
        where tag_key in (select tag_key from budgets)
    ),

    counted as (
        select
            budgets.budget_id,
            costs.*,
            budgets.billing_currency as budget_currency,
            companies.reporting_currency,
            {{ reporting_rate("costs") }} as exchange_rate
        from budgets
        inner join
            costs
            on budgets.organization_id = costs.organization_id
            and budgets.company_id = costs.company_id
            and coalesce(budgets.tag_key, '') = coalesce(costs.tag_key, '')
            and coalesce(budgets.tag_value, '') = coalesce(costs.tag_value, '')
            and coalesce(budgets.service_name, costs.service_name) = costs.service_name
            and coalesce(budgets.sub_account_id, costs.sub_account_id, '')
            = coalesce(costs.sub_account_id, '')
            {{ join_reporting_rate("costs") }}
    )

select
    organization_id,
    company_id,
    budget_id,
    billing_period,
    charge_date,
    charge_category,
    budget_currency as billing_currency,
    sum(
        case
            when billing_currency = budget_currency
            then effective_cost
            when reporting_currency = budget_currency
            then cast(effective_cost * exchange_rate as decimal(38, 12))
            else 0
        end
    ) as effective_cost,
    is_monthly,
    bool_or(
        billing_currency <> budget_currency and coalesce(reporting_currency, '') <> budget_currency
    ) as has_other_currency
from counted
group by all
