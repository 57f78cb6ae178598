{{ config(materialized="table") }}
{% set columns = [
    "organization_id",
    "company_id",
    "commitment_id",
    "billing_account_id",
    "owner_account_id",
    "first_seen_date",
    "last_seen_date",
    "started_at",
    "ended_at",
    "provider_name",
    "commitment_name",
    "commitment_category",
    "commitment_type",
    "commitment_family",
    "commitment_unit",
    "service_name",
    "region_id",
    "availability_zone",
    "instance_type",
    "instance_family",
    "covers",
    "operating_system",
    "offering_class",
    "payment_option",
    "term_months",
    "billing_currency",
    "upfront_cost",
    "purchased_cost",
    "committed_cost",
    "hourly_commitment_cost",
    "reserved_count",
    "reserved_units",
] %}
{% set of_a_contract = {
    "organization_id": "organization_id",
    "company_id": "company_id",
    "commitment_id": "commitment_id",
    "billing_account_id": "billing_account_id",
    "started_at": "started_at",
    "ended_at": "ended_at",
    "provider_name": "provider_name",
    "commitment_name": "commitment_name",
    "billing_currency": "billing_currency",
    "commitment_category": "'Drawdown'",
    "commitment_type": "'Draw-down contract'",
    "commitment_family": "'draw-down contract'",
    "term_months": "cast(date_diff('month', started_at, ended_at) as integer)",
} %}
with
    contracts as (
        select *
        from {{ ref("fct_commitment_contracts") }}
        qualify row_number() over (partition by commitment_id order by as_of_date desc) = 1
    ),

    held as (
        select {{ columns | join(", ") }}
        from {{ ref("int_commitments_described") }}
        union all
        select
            {% for column in columns %}
                {{ of_a_contract.get(column, "null") }} as {{ column }}{{ "," if not loop.last }}
            {% endfor %}
        from contracts
    )

select
    held.*,
    coalesce(
        thresholds.utilization_ratio, {{ var("utilization_threshold") }}
    ) as utilization_threshold_ratio
from held
left join
    {{ ref("stg_registry__utilization_thresholds") }} as thresholds
    on held.organization_id = thresholds.organization_id
    and held.company_id = thresholds.company_id
