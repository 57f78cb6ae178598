{{ config(materialized="table") }}
{% set day = "billing_period, charge_date, charge_category, is_monthly, billing_currency" %}
with
    organizations as (select * from {{ ref("int_organizations_closed") }}),

    -- What a forecast and its backtest look back at.
    recent_costs as (
        select costs.*
        from {{ ref("int_costs_summed") }} as costs
        inner join organizations using (organization_id, company_id)
        where
            cast(costs.billing_period || '-01' as date)
            >= cast(organizations.forecast_period || '-01' as date) - interval 5 month
    ),

    series as (
        select
            organization_id,
            company_id,
            'organization' as series_kind,
            '' as series_name,
            {{ day }},
            effective_cost
        from recent_costs
        union all
        select organization_id, company_id, 'account', sub_account_id, {{ day }}, effective_cost
        from recent_costs
        where sub_account_id is not null
        union all
        select organization_id, company_id, 'service', service_name, {{ day }}, effective_cost
        from recent_costs
        union all
        select organization_id, company_id, 'budget', budget_id, {{ day }}, effective_cost
        from {{ ref("int_budget_costs_counted") }}
    )

select
    series.organization_id,
    series.company_id,
    series.series_kind,
    series.series_name,
    series.billing_period,
    series.charge_date,
    organizations.as_of_date,
    organizations.period_end_date,
    organizations.forecast_period,
    series.charge_category,
    series.billing_currency,
    sum(series.effective_cost) as effective_cost,
    series.is_monthly
from series
inner join organizations using (organization_id, company_id)
group by all
