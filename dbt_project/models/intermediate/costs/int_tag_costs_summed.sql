{{ config(partitioned_by=["organization_id", "billing_period"]) }}
with
    -- Summed per set of tags first: a set repeats for every hour of a resource.
    tag_set_costs as (
        select
            charges.organization_id,
            charges.company_id,
            charges.connection_id,
            charges.billing_period,
            charges.sub_account_id,
            cast(charges.charge_period_start as date) as charge_date,
            charges.provider_name,
            charges.service_name,
            charges.charge_category,
            charges.billing_currency,
            charges.tags,
            sum(charges.billed_cost) as billed_cost,
            sum(charges.effective_cost) as effective_cost,
            count(*) as charge_count
        from {{ ref("int_charges") }} as charges
        where {{ is_changed(["connection_id", "billing_period"], "charges") }}
        group by all
    ),

    tag_costs as (
        select
            tag_set_costs.*,
            unnest(map_keys(tags)) as tag_key,
            unnest(map_values(tags)) as tag_value
        from tag_set_costs
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    sub_account_id,
    charge_date,
    provider_name,
    service_name,
    charge_category,
    tag_key,
    tag_value,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(charge_count) as charge_count
from tag_costs
where tag_value is not null
group by all
