select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    delivery_id,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    sum(contracted_cost) as contracted_cost,
    sum(list_cost) as list_cost,
    sum(
        case when resource_id is not null then effective_cost else 0 end
    ) as resource_effective_cost,
    sum(case when resource_id is not null then billed_cost else 0 end) as resource_billed_cost,
    count(*) as charge_count,
    count(resource_id) as resource_charge_count
from {{ ref("int_charges") }}
where {{ is_changed(["connection_id", "billing_period"]) }}
group by all
