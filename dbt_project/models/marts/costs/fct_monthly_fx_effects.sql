{{ config(replaces=["company_id", "billing_period"]) }}
with
    compared_months as (
        select
            organization_id,
            company_id,
            billing_period,
            billing_currency,
            reporting_currency,
            exchange_rate,
            previous_month_exchange_rate,
            sum(effective_cost) as effective_cost,
            sum(previous_month_effective_cost) as previous_month_effective_cost,
            sum(effective_reporting_cost) as effective_reporting_cost,
            sum(previous_month_effective_reporting_cost) as previous_month_effective_reporting_cost
        from {{ ref("fct_monthly_costs") }}
        where {{ is_changed(["company_id", "billing_period"]) }} and reporting_currency is not null
        group by all
    )

select
    *,
    effective_reporting_cost
    - previous_month_effective_reporting_cost as effective_reporting_cost_change,
    -- What was not there the month before was at no other rate; nor is what has gone.
    case
        when previous_month_effective_cost is null
        then null
        when effective_cost = 0 or previous_month_effective_cost = 0
        then 0
        else
            cast(effective_cost * (exchange_rate - previous_month_exchange_rate) as decimal(38, 12))
    end as fx_effect,
    -- The rest, so that both effects add up to the change whatever was rounded.
    effective_reporting_cost_change - fx_effect as cost_effect
from compared_months
