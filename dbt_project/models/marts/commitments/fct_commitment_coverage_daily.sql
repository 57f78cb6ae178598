{{ config(partitioned_by=["organization_id", "billing_period"]) }}
{% set grain = (
    "organization_id, company_id, connection_id, billing_period, sub_account_id, charge_date, "
    ~ "provider_name, service_name, region_id, instance_family, instance_type, billing_currency"
) %}
{% set use = (
    "eligible_programs, family, ode_cost, effective_cost, list_cost, used_hours, normalized_units, "
    ~ "is_covered, is_on_demand"
) %}
with
    -- What the organization's own commitments left unused stands where they were bought for.
    unused as (
        select
            utilization.*,
            commitments.owner_account_id as sub_account_id,
            commitments.service_name,
            commitments.region_id,
            commitments.instance_type,
            commitments.instance_family,
            case
                when utilization.commitment_unit ilike 'normalized hour%'
                then utilization.unused_quantity
                when utilization.commitment_unit ilike 'hour%'
                then
                    cast(
                        utilization.unused_quantity
                        * commitments.normalization_factor as decimal(38, 12)
                    )
            end as unused_normalized_units
        from {{ ref("fct_commitment_utilization_daily") }} as utilization
        inner join
            {{ ref("int_commitments_owned") }} as commitments
            on utilization.connection_id = commitments.connection_id
            and utilization.billing_period = commitments.billing_period
            and utilization.commitment_id = commitments.commitment_id
            and utilization.billing_currency = commitments.billing_currency
        where {{ is_changed(["connection_id", "billing_period"], "utilization") }}
    ),

    uses as (
        select {{ grain }}, {{ use }}, 0 as unused_cost, null as unused_normalized_units
        from {{ ref("int_usage_matched") }}
        union all
        select
            {{ grain }},
            {% for column in use.split(", ") %} null as {{ column }},{% endfor %}
            unused_cost,
            unused_normalized_units
        from unused
    ),

    -- Summed under a condition, a cost that nothing meets is 0 and a quantity is unknown.
    days as (
        select
            {{ grain }},
            {{ united_words("eligible_programs", "is_on_demand") }} as open_to_programs,
            {% for word, family in {
                "reservation": "reservation",
                "savings_plan": "savings plan",
                "committed_use": "committed use",
            }.items() %}
                sum(
                    case when is_covered and family = '{{ family }}' then ode_cost else 0 end
                ) as {{ word }}_ode_cost,
            {% endfor %}
            sum(case when is_covered then ode_cost else 0 end) as covered_ode_cost,
            sum(case when is_covered then effective_cost else 0 end) as covered_effective_cost,
            sum(case when is_covered then list_cost else 0 end) as covered_list_cost,
            sum(case when is_on_demand then ode_cost else 0 end) as on_demand_cost,
            sum(case when is_on_demand then list_cost else 0 end) as on_demand_list_cost,
            sum(unused_cost) as unused_cost,
            sum(
                case when is_covered or is_on_demand then 0 else coalesce(effective_cost, 0) end
            ) as ineligible_cost,
            sum(used_hours) filter (is_covered) as covered_hours,
            sum(used_hours) filter (is_on_demand) as on_demand_hours,
            sum(normalized_units) filter (is_covered) as covered_normalized_units,
            sum(normalized_units) filter (is_on_demand) as on_demand_normalized_units,
            sum(
                case
                    when is_covered and family = 'reservation'
                    then normalized_units
                    else unused_normalized_units
                end
            ) as committed_normalized_units
        from uses
        group by all
    )

select *, {{ coverage_ratios() }}, coalesce(commitment_ratio > 1, false) as is_over_committed
from days
