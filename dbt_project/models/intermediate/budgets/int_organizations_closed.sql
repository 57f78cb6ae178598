{{ config(materialized="table") }}
with
    connections_closed as (
        select
            company_id,
            connection_id,
            max(billing_period) as newest_period,
            max(closed_through_date) as closed_through_date
        from {{ ref("int_days_closed") }}
        group by all
    ),

    -- A connection that has brought no bill since the month before last is over, not late.
    living_connections as (
        select *, max(newest_period) over (partition by company_id) as company_period
        from connections_closed
        qualify newest_period >= {{ previous_month("company_period") }}
    ),

    organization_connections as (
        select organization_id, company_id, connection_id, max(billing_period) as newest_period
        from {{ ref("int_costs_summed") }}
        group by all
    ),

    closed as (
        select
            organization_connections.organization_id,
            company_id,
            min(living_connections.closed_through_date) as as_of_date
        from organization_connections
        inner join living_connections using (company_id, connection_id)
        where
            organization_connections.newest_period
            >= {{ previous_month("living_connections.company_period") }}
        group by all
    )

select
    organization_id,
    company_id,
    as_of_date,
    last_day(as_of_date + 1) as period_end_date,
    substring(cast(as_of_date + 1 as varchar), 1, 7) as forecast_period
from closed
