{{ config(materialized="table") }}
with
    thresholds as (
        select
            status.organization_id,
            status.company_id,
            status.budget_id,
            status.budget_period,
            status.as_of_date,
            status.billing_currency,
            status.budget_cost,
            status.forecast_cost,
            status.is_current,
            unnest(budgets.thresholds) as threshold,
            split_part(threshold, ':', 1) as basis,
            cast(split_part(threshold, ':', 2) as decimal(9, 4)) / 100 as threshold_ratio,
            cast(status.budget_cost * threshold_ratio as decimal(38, 12)) as threshold_cost
        from {{ ref("fct_budget_status") }} as status
        inner join {{ ref("stg_registry__budgets") }} as budgets using (budget_id)
    ),

    spent_per_day as (
        select
            status.budget_id,
            status.budget_period,
            costs.charge_date,
            sum(costs.effective_cost) as effective_cost
        from {{ ref("fct_budget_status") }} as status
        inner join
            {{ ref("int_budget_costs_counted") }} as costs
            on status.budget_id = costs.budget_id
            and starts_with(costs.billing_period, status.budget_period)
        group by all
    ),

    spent as (
        select
            budget_id,
            budget_period,
            charge_date,
            sum(effective_cost) over (
                partition by budget_id, budget_period order by charge_date
            ) as spent_cost
        from spent_per_day
    ),

    reached as (
        select
            thresholds.budget_id,
            thresholds.budget_period,
            thresholds.threshold,
            min(spent.charge_date) as reached_date
        from thresholds
        inner join spent using (budget_id, budget_period)
        where thresholds.basis = 'actual' and spent.spent_cost >= thresholds.threshold_cost
        group by all
    )

select
    organization_id,
    company_id,
    budget_id,
    budget_period,
    as_of_date,
    reached.reached_date,
    basis,
    billing_currency,
    threshold_cost,
    cast(threshold_ratio as double) as threshold_ratio,
    reached.reached_date is not null
    or coalesce(basis = 'forecast' and forecast_cost >= threshold_cost, false) as is_reached,
    is_current
from thresholds
left join reached using (budget_id, budget_period, threshold)
