{{ config(replaces=["company_id", "billing_period"], months_after=2) }}
with
    -- An anomaly goes on until a week has passed without it.
    days as (
        select
            *,
            effective_cost - expected_cost as changed_cost,
            changed_cost > 0 as is_increase,
            lag(charge_date) over (
                partition by series_id, effective_cost > expected_cost order by charge_date
            ) as previous_date
        from {{ ref("int_anomalous_days_noted") }}
        where {{ is_changed_or_month_before(months=2, months_after=2) }}
    ),

    started as (
        select
            *,
            max(case when coalesce(charge_date - previous_date, 8) > 7 then charge_date end) over (
                partition by series_id, is_increase order by charge_date rows unbounded preceding
            ) as started_date
        from days
    ),

    explained as (
        select
            started.*,
            coalesce(effects.quantity_effect_cost, 0) as quantity_effect_cost,
            coalesce(effects.price_effect_cost, 0) as price_effect_cost,
            coalesce(effects.coverage_effect_cost, 0) as coverage_effect_cost,
            started.changed_cost
            - coalesce(effects.quantity_effect_cost, 0)
            - coalesce(effects.price_effect_cost, 0)
            - coalesce(effects.coverage_effect_cost, 0) as other_effect_cost
        from started
        left join
            {{ ref("int_anomalous_days_explained") }} as effects using (
                organization_id, company_id, billing_period, series_id, charge_date
            )
        where {{ is_changed(["company_id", "billing_period"], months_after=2) }}
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    md5(concat_ws('/', series_id, is_increase, started_date)) as anomaly_id,
    sub_account_id,
    started_date,
    charge_date,
    reference_date,
    provider_name,
    service_name,
    case
        when not is_known_account
        then 'new account'
        when expected_cost = 0
        then 'new service'
        when effective_cost = 0
        then 'ended'
        when 2 * coverage_effect_cost / changed_cost >= 1
        then 'coverage'
        when 2 * price_effect_cost / changed_cost >= 1
        then 'price'
        when 2 * quantity_effect_cost / changed_cost >= 1
        then 'quantity'
        when 2 * other_effect_cost / changed_cost >= 1
        then 'unused commitment'
        else 'several'
    end as main_cause,
    printf(
        '%s than on %s: ',
        case when is_increase then 'more' else 'less' end,
        reference_date
    ) || concat_ws(
        ', ',
        {{ told_effect("quantity", "quantity_effect_cost") }},
        {{ told_effect("price", "price_effect_cost") }},
        {{ told_effect("commitment coverage", "coverage_effect_cost") }},
        {{ told_effect("unused commitment", "other_effect_cost") }}
    ) as explanation,
    billing_currency,
    effective_cost,
    expected_cost,
    changed_cost,
    quantity_effect_cost,
    price_effect_cost,
    coverage_effect_cost,
    other_effect_cost,
    deviation_cost,
    {{ ratio_of("changed_cost", "expected_cost") }} as change_ratio,
    is_increase
from explained
