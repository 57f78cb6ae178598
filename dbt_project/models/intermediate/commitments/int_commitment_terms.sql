{% set columns = (
    "connection_id, company_id, billing_period, commitment_id, billing_currency, payment_option, "
    ~ "offering_class, covers, region_id, availability_zone, operating_system, term_months, "
    ~ "started_at, ended_at, hourly_commitment_cost, reserved_count, reserved_units"
) %}
{% for provider in var("commitment_term_providers") %}
    select {{ columns }}
    from {{ ref("stg_" ~ provider ~ "__commitment_terms") }} {{ "union all" if not loop.last }}
{% endfor %}
