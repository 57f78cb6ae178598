{{ config(materialized="view") }}
{% set pace = (
    "organization_id, company_id, commitment_id, as_of_date, billing_currency, "
    ~ "committed_to_date_cost, used_to_date_cost, unused_to_date_cost, remaining_commitment_cost, "
    ~ "projected_unused_cost, elapsed_ratio, burn_ratio, projected_utilization_ratio"
) %}
{% set of_discounts = (
    "hourly_commitment_cost, monthly_net_savings_cost, monthly_ode_cost, monthly_recurring_cost, "
    ~ "upfront_cost, term_months, trailing_utilization_ratio, low_utilization_ratio, "
    ~ "break_even_utilization_ratio"
) %}
with
    paced as (
        select {{ pace }}, {{ of_discounts }}
        from {{ ref("fct_commitment_projections") }}
        union all
        select
            {{ pace }}
            {% for column in of_discounts.split(", ") %}, null as {{ column }}{% endfor %}
        from {{ ref("fct_commitment_contracts") }}
    ),

    projections as (
        select
            paced.*,
            commitments.provider_name,
            commitments.commitment_category,
            commitments.commitment_family,
            commitments.service_name,
            commitments.offering_class,
            commitments.started_at,
            commitments.ended_at,
            commitments.utilization_threshold_ratio,
            date_diff(
                'day', paced.as_of_date, cast(commitments.ended_at as date)
            ) as days_remaining,
            {{ risk_class() }} as risk_class
        from paced
        inner join
            {{ ref("dim_commitments") }} as commitments
            on paced.organization_id = commitments.organization_id
            and paced.company_id = commitments.company_id
            and paced.commitment_id = commitments.commitment_id
            and paced.billing_currency = commitments.billing_currency
    )

select
    organization_id,
    company_id,
    commitment_id,
    as_of_date,
    started_at,
    ended_at,
    {{ returnable_until() }} as returnable_until_at,
    provider_name,
    commitment_category,
    case
        when days_remaining < 0
        then 'expired'
        when started_at > as_of_date + interval 1 day
        then 'queued'
        else 'active'
    end as state,
    {{ expiry_bucket("days_remaining") }} as expiry_bucket,
    risk_class,
    {{ risk_reason() }} as risk_reason,
    {{ resale_obstacle() }} as resale_obstacle,
    billing_currency,
    hourly_commitment_cost,
    committed_to_date_cost,
    used_to_date_cost,
    unused_to_date_cost,
    remaining_commitment_cost,
    projected_unused_cost,
    monthly_net_savings_cost,
    case
        when days_remaining >= 0 then monthly_net_savings_cost
    end as monthly_increase_at_expiry_cost,
    upfront_cost,
    days_remaining,
    elapsed_ratio,
    burn_ratio,
    trailing_utilization_ratio,
    low_utilization_ratio,
    projected_utilization_ratio,
    break_even_utilization_ratio,
    -- What was paid ahead, over what each month keeps; never within the term is null.
    case
        when upfront_cost = 0
        then 0
        when upfront_cost <= coalesce(term_months, 0) * (monthly_ode_cost - monthly_recurring_cost)
        then {{ ratio_of("upfront_cost", "(monthly_ode_cost - monthly_recurring_cost)") }}
    end as cash_break_even_months,
    {{ ratio_of("(upfront_cost + term_months * monthly_recurring_cost)", "monthly_ode_cost") }}
    as commitment_break_even_months,
    coalesce(days_remaining between 0 and 30, false) as is_expiring_within_30_days,
    coalesce({{ pace_of_use() }} < utilization_threshold_ratio, false) as is_below_threshold,
    resale_obstacle is null as is_resellable
from projections
