{{ config(materialized="view", database="memory") }}
{% set hour = (
    "connection_id, billing_period, commitment_id, billing_currency, hour_at, hour_count"
) %}
select
    {{ hour }},
    case when kind = 'used' then effective_cost else 0 end as used_cost,
    case when kind = 'unused' then effective_cost else 0 end as unused_cost,
    ode_cost as used_ode_cost,
    list_cost as used_list_cost,
    case when kind = 'used' then commitment_quantity end as used_quantity,
    case when kind = 'unused' then commitment_quantity end as unused_quantity,
    is_invoiced as is_final
from {{ ref("int_commitment_charges_gridded") }}
where not is_longer_than_the_grid
union all
select
    {{ hour }},
    0 as used_cost,
    unused_cost,
    0 as used_ode_cost,
    0 as used_list_cost,
    null as used_quantity,
    unused_quantity,
    is_invoiced as is_final
from {{ ref("int_unused_hours_shared") }}
