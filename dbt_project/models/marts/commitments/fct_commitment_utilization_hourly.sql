{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    hours as (
        select
            connection_id,
            billing_period,
            commitment_id,
            billing_currency,
            hour_at,
            hour_count,
            sum(used_cost + unused_cost) as committed_cost,
            sum(used_cost) as used_cost,
            sum(unused_cost) as unused_cost,
            sum(used_ode_cost) as used_ode_cost,
            sum(used_list_cost) as used_list_cost,
            sum(used_ode_cost - used_cost) as gross_savings_cost,
            sum(used_ode_cost - used_cost - unused_cost) as net_savings_cost,
            case
                when count(used_quantity) + count(unused_quantity) > 0
                then coalesce(sum(used_quantity), 0) + coalesce(sum(unused_quantity), 0)
            end as committed_quantity,
            case
                when committed_quantity is not null then coalesce(sum(used_quantity), 0)
            end as used_quantity,
            case
                when committed_quantity is not null then coalesce(sum(unused_quantity), 0)
            end as unused_quantity,
            bool_and(is_final) as is_final
        from {{ ref("int_commitment_hours_placed") }}
        group by all
    ),

    owned_hours as (
        select
            commitments.organization_id,
            commitments.company_id,
            commitments.provider_name,
            commitments.commitment_category,
            commitments.commitment_type,
            commitments.commitment_unit,
            hours.*
        from hours
        inner join
            {{ ref("int_commitments_owned") }} as commitments
            on hours.connection_id = commitments.connection_id
            and hours.billing_period = commitments.billing_period
            and hours.commitment_id = commitments.commitment_id
            and hours.billing_currency = commitments.billing_currency
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    commitment_id,
    hour_at,
    hour_count,
    {{ utilization_columns() }},
    is_final
from owned_hours
