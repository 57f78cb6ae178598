{{
    config(
        replaces=["company_id", "billing_period"],
        partitioned_by=["organization_id", "billing_period"],
    )
}}
{% set grain = (
    "organization_id, company_id, connection_id, billing_period, sub_account_id, charge_date, "
    ~ "provider_name, service_name, charge_category, billing_currency"
) %}
with
    daily_costs as (
        select {{ grain }}, billed_cost, effective_cost, charge_count
        from {{ ref("fct_daily_costs") }}
        where {{ is_changed(["company_id", "billing_period"]) }}
    ),

    tagged_costs as (
        select {{ grain }}, tag_key, tag_value, billed_cost, effective_cost, charge_count
        from {{ ref("int_tag_costs_summed") }}
        where {{ is_changed(["company_id", "billing_period"]) }}
    ),

    -- An organization's own keys: one cut never shows another's words.
    used_keys as (
        select distinct organization_id, company_id, billing_period, tag_key from tagged_costs
    ),

    -- All costs once per key, less what carries the key: no join of facts, so nothing explodes.
    costs_less_tagged as (
        select {{ grain }}, tag_key, billed_cost, effective_cost, charge_count
        from daily_costs
        inner join used_keys using (organization_id, company_id, billing_period)
        union all
        select {{ grain }}, tag_key, - billed_cost, - effective_cost, - charge_count
        from tagged_costs
    ),

    untagged_costs as (
        select
            {{ grain }},
            tag_key,
            '(untagged)' as tag_value,
            sum(billed_cost) as billed_cost,
            sum(effective_cost) as effective_cost,
            sum(charge_count) as charge_count
        from costs_less_tagged
        group by all
        having sum(charge_count) <> 0
    )

select
    {{ grain }}, tag_key, tag_value, billed_cost, effective_cost, charge_count, false as is_untagged
from tagged_costs
union all
select
    {{ grain }}, tag_key, tag_value, billed_cost, effective_cost, charge_count, true as is_untagged
from untagged_costs
