{{ config(materialized="view") }}
{% set hours_per_month = 730 %}
with
    paces as (
        select
            paces.*,
            commitments.started_at,
            commitments.ended_at,
            commitments.term_months,
            commitments.upfront_cost,
            paces.as_of_date + interval 1 day as told_until_at,
            coalesce(
                commitments.hourly_commitment_cost,
                cast(paces.committed_to_date_cost / nullif(paces.known_hours, 0) as decimal(38, 12))
            ) as hourly_commitment_cost
        from {{ ref("fct_commitment_paces") }} as paces
        inner join
            {{ ref("dim_commitments") }} as commitments
            on paces.organization_id = commitments.organization_id
            and paces.company_id = commitments.company_id
            and paces.commitment_id = commitments.commitment_id
            and paces.billing_currency = commitments.billing_currency
    ),

    remaining as (
        select
            *,
            date_diff('hour', started_at, ended_at) as term_hours,
            greatest(
                0, least(date_diff('hour', started_at, told_until_at), term_hours)
            ) as elapsed_hours,
            case
                when ended_at is not null
                then greatest(0, date_diff('hour', greatest(told_until_at, started_at), ended_at))
            end as remaining_hours,
            {{ share_of("trailing_used_cost", "trailing_committed_cost") }}
            as trailing_utilization_ratio
        from paces
    ),

    costs as (
        select
            *,
            cast(
                hourly_commitment_cost * remaining_hours as decimal(38, 12)
            ) as remaining_commitment_cost,
            cast(
                trailing_utilization_ratio
                * hourly_commitment_cost
                * remaining_hours as decimal(38, 12)
            ) as projected_further_cost
        from remaining
    )

select
    organization_id,
    company_id,
    commitment_id,
    as_of_date,
    billing_currency,
    hourly_commitment_cost,
    committed_to_date_cost,
    used_to_date_cost,
    committed_to_date_cost - used_to_date_cost as unused_to_date_cost,
    remaining_commitment_cost,
    committed_to_date_cost
    + remaining_commitment_cost
    - used_to_date_cost
    - projected_further_cost as projected_unused_cost,
    cast(
        trailing_net_savings_cost
        / nullif(trailing_hours, 0)
        * {{ hours_per_month }} as decimal(38, 12)
    ) as monthly_net_savings_cost,
    cast(
        trailing_ode_cost / nullif(trailing_hours, 0) * {{ hours_per_month }} as decimal(38, 12)
    ) as monthly_ode_cost,
    cast(
        hourly_commitment_cost * {{ hours_per_month }}
        - upfront_cost / nullif(term_months, 0) as decimal(38, 12)
    ) as monthly_recurring_cost,
    upfront_cost,
    term_months,
    cast(elapsed_hours as double) / nullif(term_hours, 0) as elapsed_ratio,
    {{ share_of("used_to_date_cost", "committed_to_date_cost") }} as burn_ratio,
    trailing_utilization_ratio,
    low_utilization_ratio,
    {{
        share_of(
            "(used_to_date_cost + projected_further_cost)",
            "(committed_to_date_cost + remaining_commitment_cost)",
        )
    }} as projected_utilization_ratio,
    {{ ratio_of("used_to_date_cost", "ode_to_date_cost") }} as break_even_utilization_ratio
from costs
