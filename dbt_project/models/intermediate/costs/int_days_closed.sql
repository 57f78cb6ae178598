with
    known_days as (
        select
            company_id,
            connection_id,
            billing_period,
            cast(billing_period || '-01' as date) as first_date,
            min(charge_date) as first_charge_date,
            max(submitted_at) as submitted_at
        from {{ ref("int_costs_summed") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        group by all
    )

select
    company_id,
    connection_id,
    billing_period,
    greatest(first_date, first_charge_date) as opened_date,
    -- The last day that ended long enough before the delivery was written.
    least(
        last_day(first_date),
        cast(submitted_at - interval {{ var("closing_hours") }} hour as date) - 1
    ) as closed_through_date
from known_days
