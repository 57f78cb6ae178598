{{ config(materialized="view", database="memory") }}
{% set commitment = "connection_id, billing_period, commitment_id, billing_currency" %}
{% set fee = commitment ~ ", period_start_at, period_end_at" %}
-- Hours bear a month's unused part by what each of them falls short of the mean hour: exact while
-- the reservation lasts unchanged, and never below 0.
with
    monthly_unused as (
        select
            {{ fee }},
            hour_count,
            min(hour_at) as first_hour_at,
            sum(effective_cost) as unused_cost,
            sum(commitment_quantity) as unused_quantity,
            bool_and(is_invoiced) as is_invoiced
        from {{ ref("int_commitment_charges_gridded") }}
        where is_longer_than_the_grid
        group by all
    ),

    used as (
        select {{ commitment }}, hour_at, sum(effective_cost) as used_cost
        from {{ ref("int_commitment_charges_gridded") }}
        where kind = 'used'
        group by all
    ),

    open_hours as (
        select
            monthly_unused.*,
            unnest(
                generate_series(
                    first_hour_at, period_end_at - interval 1 second, to_hours(hour_count)
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
                    (sum(coalesce(used.used_cost, 0)) over same_fee + open_hours.unused_cost)
                    / count(*) over same_fee
                    - coalesce(used.used_cost, 0),
                    9
                )
            ) as shortfall_cost
        from open_hours
        left join
            used using (connection_id, billing_period, commitment_id, billing_currency, hour_at)
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
    {{ part_of("unused_cost", "weight", "weight_so_far", "all_weight") }} as unused_cost,
    {{ part_of("unused_quantity", "weight", "weight_so_far", "all_weight") }} as unused_quantity,
    is_invoiced
from given
