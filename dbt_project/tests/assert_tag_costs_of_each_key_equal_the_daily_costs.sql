-- No double count within a key and nothing untagged lost: each key adds up to all costs of the
-- month.
with
    costs_per_key as (
        select
            organization_id,
            company_id,
            billing_period,
            billing_currency,
            tag_key,
            sum(billed_cost) as billed_cost,
            sum(effective_cost) as effective_cost,
            sum(charge_count) as charge_count
        from {{ ref("fct_daily_tag_costs") }}
        where {{ is_changed(["company_id", "billing_period"]) }}
        group by all
    ),

    costs as (
        select
            organization_id,
            company_id,
            billing_period,
            billing_currency,
            sum(billed_cost) as billed_cost,
            sum(effective_cost) as effective_cost,
            sum(charge_count) as charge_count
        from {{ ref("int_charges_totalled") }}
        where {{ is_changed(["company_id", "billing_period"]) }}
        group by all
    )

select
    costs_per_key.*,
    costs.billed_cost as all_billed_cost,
    costs.effective_cost as all_effective_cost,
    costs.charge_count as all_charge_count
from costs_per_key
left join
    costs
    on costs_per_key.organization_id = costs.organization_id
    and costs_per_key.company_id = costs.company_id
    and costs_per_key.billing_period = costs.billing_period
    and costs_per_key.billing_currency is not distinct from costs.billing_currency
where
    costs_per_key.billed_cost is distinct from costs.billed_cost
    or costs_per_key.effective_cost is distinct from costs.effective_cost
    or costs_per_key.charge_count is distinct from costs.charge_count
