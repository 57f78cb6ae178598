{{ config(materialized="view", database="memory") }}
-- The rules are asked once per way of using, not once per day and account.
with
    uses as (
        select distinct
            provider_name,
            service_code,
            service_name,
            charge_type,
            usage_type,
            operation,
            pricing_unit
        from {{ ref("int_usage_summed") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
    )

select uses.*, array_to_string(list_sort(list(distinct rules.program)), ', ') as eligible_programs
from uses
inner join
    {{ ref("commitment_eligibility") }} as rules
    on uses.provider_name = rules.provider_name
    and rules.service in (uses.service_code, uses.service_name)
    and regexp_matches(coalesce(uses.charge_type, ''), coalesce(rules.charge_type_pattern, ''))
    and regexp_matches(coalesce(uses.usage_type, ''), coalesce(rules.usage_type_pattern, ''))
    and regexp_matches(coalesce(uses.operation, ''), coalesce(rules.operation_pattern, ''))
    and regexp_matches(coalesce(uses.pricing_unit, ''), coalesce(rules.pricing_unit_pattern, ''))
where
    rules.excluded_usage_type_pattern is null
    or not regexp_matches(coalesce(uses.usage_type, ''), rules.excluded_usage_type_pattern)
group by all
