{{ config(partitioned_by=["organization_id", "billing_period"]) }}
{% set grain = (
    "organization_id, company_id, connection_id, billing_period, sub_account_id, charge_date, "
    ~ "provider_name, service_name, region_id, instance_family, instance_type, billing_currency"
) %}
with
    usage as (
        select *, {{ commitment_family("commitment_type") }} as family
        from {{ ref("int_usage_matched") }}
    ),

    covered_and_open as (
        select
            {{ grain }},
            case when is_on_demand then eligible_programs end as open_to_programs,
            case
                when is_covered and family = 'reservation' then ode_cost else 0
            end as reservation_ode_cost,
            case
                when is_covered and family = 'savings plan' then ode_cost else 0
            end as savings_plan_ode_cost,
            case
                when is_covered and family = 'committed use' then ode_cost else 0
            end as committed_use_ode_cost,
            case when is_covered then ode_cost else 0 end as covered_ode_cost,
            case when is_covered then effective_cost else 0 end as covered_effective_cost,
            case when is_covered then list_cost else 0 end as covered_list_cost,
            case when is_on_demand then ode_cost else 0 end as on_demand_cost,
            case when is_on_demand then list_cost else 0 end as on_demand_list_cost,
            0 as unused_cost,
            case when is_covered or is_on_demand then 0 else effective_cost end as ineligible_cost,
            case when is_covered then used_hours end as covered_hours,
            case when is_on_demand then used_hours end as on_demand_hours,
            case when is_covered then normalized_units end as covered_normalized_units,
            case when is_on_demand then normalized_units end as on_demand_normalized_units,
            case
                when is_covered and family = 'reservation' then normalized_units
            end as committed_normalized_units
        from usage
        union all
        -- What the organization's own commitments left unused, where they were bought for.
        select
            utilization.organization_id,
            utilization.company_id,
            utilization.connection_id,
            utilization.billing_period,
            commitments.owner_account_id as sub_account_id,
            utilization.charge_date,
            utilization.provider_name,
            commitments.service_name,
            commitments.region_id,
            nullif(
                regexp_extract(commitments.instance_type, '^(.+)\.[^.]+$', 1), ''
            ) as instance_family,
            commitments.instance_type,
            utilization.billing_currency,
            null as open_to_programs,
            0 as reservation_ode_cost,
            0 as savings_plan_ode_cost,
            0 as committed_use_ode_cost,
            0 as covered_ode_cost,
            0 as covered_effective_cost,
            0 as covered_list_cost,
            0 as on_demand_cost,
            0 as on_demand_list_cost,
            utilization.unused_cost,
            0 as ineligible_cost,
            null as covered_hours,
            null as on_demand_hours,
            null as covered_normalized_units,
            null as on_demand_normalized_units,
            case
                when utilization.commitment_unit ilike 'normalized hour%'
                then utilization.unused_quantity
                when utilization.commitment_unit ilike 'hour%' and sizes.size is not null
                then
                    cast(
                        utilization.unused_quantity * sizes.normalization_factor as decimal(38, 12)
                    )
            end as committed_normalized_units
        from {{ ref("fct_commitment_utilization_daily") }} as utilization
        inner join
            {{ ref("int_commitments_owned") }} as commitments
            on utilization.connection_id = commitments.connection_id
            and utilization.billing_period = commitments.billing_period
            and utilization.commitment_id = commitments.commitment_id
            and utilization.billing_currency = commitments.billing_currency
        left join
            {{ ref("instance_size_factors") }} as sizes
            on regexp_extract(commitments.instance_type, '\.([^.]+)$', 1) = sizes.size
        where {{ is_changed(["connection_id", "billing_period"], "utilization") }}
    ),

    days as (
        select
            {{ grain }},
            nullif(
                array_to_string(
                    list_sort(
                        list_distinct(
                            flatten(
                                list(string_split(open_to_programs, ', ')) filter (
                                    open_to_programs is not null
                                )
                            )
                        )
                    ),
                    ', '
                ),
                ''
            ) as open_to_programs,
            sum(reservation_ode_cost) as reservation_ode_cost,
            sum(savings_plan_ode_cost) as savings_plan_ode_cost,
            sum(committed_use_ode_cost) as committed_use_ode_cost,
            sum(covered_ode_cost) as covered_ode_cost,
            sum(covered_effective_cost) as covered_effective_cost,
            sum(covered_list_cost) as covered_list_cost,
            sum(on_demand_cost) as on_demand_cost,
            sum(on_demand_list_cost) as on_demand_list_cost,
            sum(unused_cost) as unused_cost,
            sum(ineligible_cost) as ineligible_cost,
            sum(covered_hours) as covered_hours,
            sum(on_demand_hours) as on_demand_hours,
            sum(covered_normalized_units) as covered_normalized_units,
            sum(on_demand_normalized_units) as on_demand_normalized_units,
            sum(committed_normalized_units) as committed_normalized_units
        from covered_and_open
        group by all
    )

select
    {{ grain }},
    open_to_programs,
    reservation_ode_cost,
    savings_plan_ode_cost,
    committed_use_ode_cost,
    covered_ode_cost,
    covered_effective_cost,
    covered_list_cost,
    on_demand_cost,
    on_demand_list_cost,
    unused_cost,
    ineligible_cost,
    covered_hours,
    on_demand_hours,
    covered_normalized_units,
    on_demand_normalized_units,
    committed_normalized_units,
    {{ coverage_ratios() }},
    coalesce(commitment_ratio > 1, false) as is_over_committed
from days
