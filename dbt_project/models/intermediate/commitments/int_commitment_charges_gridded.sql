{{ config(materialized="view", database="memory") }}
with
    charges as (
        select
            charges.*,
            -- The grid of a commitment: hours, days where the bill tells days only, or its own
            -- months.
            case
                when commitments.used_span_hours <= 1
                then 1
                when commitments.used_span_hours <= 24
                then 24
                else commitments.used_span_hours
            end as hour_count
        from {{ ref("int_commitment_charges_summed") }} as charges
        inner join
            {{ ref("int_commitments_seen") }} as commitments
            on charges.connection_id = commitments.connection_id
            and charges.billing_period = commitments.billing_period
            and charges.commitment_id = commitments.commitment_id
            and charges.billing_currency = commitments.billing_currency
        where
            {{ is_changed(["connection_id", "billing_period"], "charges") }}
            and {{ is_changed(["connection_id", "billing_period"], "commitments") }}
            and charges.kind <> 'purchase'
    )

select
    connection_id,
    billing_period,
    commitment_id,
    billing_currency,
    kind,
    period_start_at,
    period_end_at,
    case
        when hour_count = 1
        then date_trunc('hour', period_start_at)
        when hour_count = 24
        then date_trunc('day', period_start_at)
        else date_trunc('month', period_start_at)
    end as hour_at,
    hour_count,
    effective_cost,
    ode_cost,
    list_cost,
    commitment_quantity,
    is_invoiced,
    kind = 'unused' and span_hours > hour_count as is_longer_than_the_grid
from charges
