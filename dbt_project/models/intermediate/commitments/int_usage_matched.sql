{{ config(materialized="view", database="memory") }}
-- The rules are asked once per way of using, not once per day and account.
with
    usage as (
        select *
        from {{ ref("int_usage_summed") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
    ),

    uses as (
        select distinct
            provider_name,
            service_code,
            service_name,
            charge_type,
            usage_type,
            operation,
            pricing_unit
        from usage
    ),

    programs as (
        select
            uses.*,
            array_to_string(list_sort(list(distinct rules.program)), ', ') as eligible_programs
        from uses
        inner join
            {{ ref("commitment_eligibility") }} as rules
            on uses.provider_name = rules.provider_name
            and rules.service in (uses.service_code, uses.service_name)
            and regexp_matches(
                coalesce(uses.charge_type, ''), coalesce(rules.charge_type_pattern, '')
            )
            and regexp_matches(
                coalesce(uses.usage_type, ''), coalesce(rules.usage_type_pattern, '')
            )
            and regexp_matches(coalesce(uses.operation, ''), coalesce(rules.operation_pattern, ''))
            and regexp_matches(
                coalesce(uses.pricing_unit, ''), coalesce(rules.pricing_unit_pattern, '')
            )
        where
            rules.excluded_usage_type_pattern is null
            or not regexp_matches(coalesce(uses.usage_type, ''), rules.excluded_usage_type_pattern)
        group by all
    ),

    measured as (
        select
            usage.*,
            programs.eligible_programs,
            nullif(regexp_extract(usage.instance_type, '^(.+)\.[^.]+$', 1), '') as instance_family,
            case
                when
                    usage.consumed_unit is null
                    or lower(usage.consumed_unit) in ('hrs', 'hours', 'hour', '1 hour')
                then usage.consumed_quantity
                when lower(usage.consumed_unit) = 'seconds'
                then cast(usage.consumed_quantity / 3600 as decimal(38, 12))
            end as used_hours,
            sizes.normalization_factor
        from usage
        left join
            programs
            on usage.provider_name is not distinct from programs.provider_name
            and usage.service_code is not distinct from programs.service_code
            and usage.service_name is not distinct from programs.service_name
            and usage.charge_type is not distinct from programs.charge_type
            and usage.usage_type is not distinct from programs.usage_type
            and usage.operation is not distinct from programs.operation
            and usage.pricing_unit is not distinct from programs.pricing_unit
        left join
            {{ ref("instance_size_factors") }} as sizes
            on regexp_extract(usage.instance_type, '\.([^.]+)$', 1) = sizes.size
    )

select
    *,
    cast(used_hours * normalization_factor as decimal(38, 12)) as normalized_units,
    {{ commitment_family("commitment_type") }} as family,
    not is_covered
    and coalesce(pricing_category = 'Standard', false)
    and eligible_programs is not null as is_on_demand
from measured
