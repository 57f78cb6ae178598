{{ config(materialized="view") }}
with
    projections as (
        select
            projections.*,
            commitments.provider_name,
            commitments.started_at,
            commitments.ended_at,
            date_diff(
                'day', projections.as_of_date, cast(commitments.ended_at as date)
            ) as days_remaining,
            {{ utilization_threshold("projections.organization_id") }} as utilization_threshold,
            {{ risk_class() }} as risk_class
        from {{ ref("fct_commitment_projections") }} as projections
        inner join
            {{ ref("dim_commitments") }} as commitments
            on projections.organization_id = commitments.organization_id
            and projections.company_id = commitments.company_id
            and projections.commitment_id = commitments.commitment_id
            and projections.billing_currency = commitments.billing_currency
    )

select
    organization_id,
    company_id,
    commitment_id,
    as_of_date,
    started_at,
    ended_at,
    provider_name,
    case
        when days_remaining < 0
        then 'expired'
        when started_at > as_of_date + interval 1 day
        then 'queued'
        else 'active'
    end as state,
    {{ expiry_bucket("days_remaining") }} as expiry_bucket,
    risk_class,
    case
        when risk_class is null
        then 'No use is known of the last 28 days.'
        when trailing_utilization_ratio < 0.2
        then
            format(
                '{:.0f} % used in the last 28 days, below 20 %.', trailing_utilization_ratio * 100
            )
        when projected_utilization_ratio < break_even_utilization_ratio
        then
            format(
                'At this pace {:.0f} % of the term will be used, below the {:.0f} % where it pays.',
                projected_utilization_ratio * 100,
                break_even_utilization_ratio * 100
            )
        when risk_class = 'MEDIUM' and trailing_utilization_ratio >= 0.8
        then
            format(
                'On its worst days {:.0f} % is used, below the {:.0f} % where it pays.',
                low_utilization_ratio * 100,
                break_even_utilization_ratio * 100
            )
        else format('{:.0f} % used in the last 28 days.', trailing_utilization_ratio * 100)
    end as risk_reason,
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
    coalesce(trailing_utilization_ratio < utilization_threshold, false) as is_below_threshold
from projections
