-- Raised, not returned: a person must read which rate to import, and a count does not say it.
with
    costs_without_rate as (
        select company_id, billing_period, billing_currency, reporting_currency
        from {{ ref("fct_daily_costs") }}
        where
            {{ is_changed(["connection_id", "billing_period"]) }}
            and reporting_currency is not null
            and exchange_rate is null
        union
        select
            company_id,
            {{ previous_month("billing_period") }} as billing_period,
            billing_currency,
            reporting_currency
        from {{ ref("fct_monthly_costs") }}
        where
            {{ is_changed(["company_id", "billing_period"]) }}
            and previous_month_effective_cost <> 0
            and reporting_currency is not null
            and previous_month_exchange_rate is null
    )

select count(*) as missing_rate_count
from costs_without_rate
inner join
    {{ ref("stg_registry__companies") }} as companies
    on costs_without_rate.company_id = companies.company_id
having
    error(
        'There is no exchange rate for ' || string_agg(
            company_name
            || ' ('
            || costs_without_rate.company_id
            || '): '
            || billing_currency
            || ' to '
            || costs_without_rate.reporting_currency
            || ' in '
            || billing_period,
            '; '
            order by costs_without_rate.company_id, billing_period, billing_currency
        )
        || '. Import it: finhouse rates import FILE'
    )
    is not null
