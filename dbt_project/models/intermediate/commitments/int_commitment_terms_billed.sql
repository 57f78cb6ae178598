{{ config(materialized="view", database="memory") }}
select
    company_id,
    commitment_id,
    billing_currency,
    max_by(payment_option, billing_period) as payment_option,
    max_by(offering_class, billing_period) as offering_class,
    max_by(covers, billing_period) as covers,
    max_by(region_id, billing_period) as region_id,
    max_by(availability_zone, billing_period) as availability_zone,
    max_by(operating_system, billing_period) as operating_system,
    max_by(term_months, billing_period) as term_months,
    min(started_at) as started_at,
    max_by(ended_at, billing_period) as ended_at,
    max_by(hourly_commitment_cost, billing_period) as hourly_commitment_cost,
    max_by(reserved_count, billing_period) as reserved_count,
    max_by(reserved_units, billing_period) as reserved_units
from {{ ref("int_commitment_terms") }}
group by all
