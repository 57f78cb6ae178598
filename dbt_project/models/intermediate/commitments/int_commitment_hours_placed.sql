{{ config(materialized="view", database="memory") }}
{% set commitment = "connection_id, billing_period, commitment_id, billing_currency" %}
{% set fee = commitment ~ ", period_start_at, period_end_at" %}
with
    -- The grid of a commitment: hours, or days where the bill tells days only, or else its own
    -- months.
    charges as (
        select
            charges.*,
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
    ),

    placed as (
        select
            {{ commitment }},
            case
                when hour_count = 1
                then period_start_at
                when hour_count = 24
                then date_trunc('day', period_start_at)
                else date_trunc('month', period_start_at)
            end as hour_at,
            hour_count,
            sum(case when kind = 'used' then effective_cost else 0 end) as used_cost,
            sum(case when kind = 'unused' then effective_cost else 0 end) as unused_cost,
            sum(ode_cost) as used_ode_cost,
            sum(list_cost) as used_list_cost,
            sum(commitment_quantity) filter (kind = 'used') as used_quantity,
            sum(commitment_quantity) filter (kind = 'unused') as unused_quantity,
            bool_and(is_invoiced) as is_final
        from charges
        where kind = 'used' or span_hours <= hour_count
        group by all
    ),

    -- AWS tells once a month what of a reservation nobody used. Its hours bear it by what each of
    -- them
    -- falls short of the mean hour: exact while the reservation lasts unchanged, never below 0.
    monthly_unused as (
        select
            {{ fee }},
            hour_count,
            sum(effective_cost) as unused_cost,
            sum(commitment_quantity) as unused_quantity,
            bool_and(is_invoiced) as is_final
        from charges
        where kind = 'unused' and span_hours > hour_count
        group by all
    ),

    open_hours as (
        select
            monthly_unused.*,
            unnest(
                generate_series(
                    case
                        when hour_count = 1
                        then date_trunc('hour', period_start_at)
                        else date_trunc('day', period_start_at)
                    end,
                    period_end_at - interval 1 second,
                    to_hours(hour_count)
                )
            ) as hour_at
        from monthly_unused
    ),

    shortfalls as (
        select
            open_hours.*,
            greatest(
                0,
                round(
                    (sum(coalesce(placed.used_cost, 0)) over same_fee + open_hours.unused_cost)
                    / count(*) over same_fee
                    - coalesce(placed.used_cost, 0),
                    9
                )
            ) as shortfall_cost
        from open_hours
        left join
            placed using (connection_id, billing_period, commitment_id, billing_currency, hour_at)
        window same_fee as (partition by {{ fee }})
    ),

    weighted as (
        select
            *,
            cast(
                case
                    when sum(shortfall_cost) over same_fee > 0 then shortfall_cost else 1
                end as decimal(38, 9)
            ) as weight
        from shortfalls
        window same_fee as (partition by {{ fee }})
    ),

    given as (
        select
            *,
            sum(weight) over (
                partition by {{ fee }} order by hour_at rows unbounded preceding
            ) as weight_so_far,
            sum(weight) over (partition by {{ fee }}) as all_weight
        from weighted
    )

select
    {{ commitment }},
    hour_at,
    hour_count,
    used_cost,
    unused_cost,
    used_ode_cost,
    used_list_cost,
    used_quantity,
    unused_quantity,
    is_final
from placed
union all
select
    {{ commitment }},
    hour_at,
    hour_count,
    0 as used_cost,
    {{ part_of("unused_cost", "weight", "weight_so_far", "all_weight") }} as unused_cost,
    0 as used_ode_cost,
    0 as used_list_cost,
    null as used_quantity,
    {{ part_of("unused_quantity", "weight", "weight_so_far", "all_weight") }} as unused_quantity,
    is_final
from given
