{{ config(materialized="view", database="memory") }}
with
    usage as (
        select *
        from {{ ref("int_usage_summed") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
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
            {{ ref("int_uses_matched") }} as programs on {{ is_same_use("usage", "programs") }}
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
