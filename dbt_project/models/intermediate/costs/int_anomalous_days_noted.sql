{{ config(replaces=["company_id", "billing_period"], months_after=2) }}
with
    found as (
        select *
        from {{ ref("int_anomalous_days_found") }}
        where {{ is_changed(["company_id", "billing_period"], months_after=2) }}
    ),

    account_costs as (
        select
            organization_id,
            company_id,
            connection_id,
            coalesce(sub_account_id, '') as account_id,
            charge_date,
            billing_currency,
            sum(effective_cost) as effective_cost
        from {{ ref("int_costs_summed") }}
        where {{ is_changed_or_month_before(months=2, months_after=2) }}
        group by all
    )

select
    found.*,
    coalesce(
        bool_or(
            costs.charge_date = found.reference_date
            and costs.connection_id = found.connection_id
            and costs.account_id = coalesce(found.sub_account_id, '')
            and costs.effective_cost <> 0
        ),
        false
    ) as is_known_account
from found
left join
    account_costs as costs
    on found.organization_id = costs.organization_id
    and found.company_id = costs.company_id
    and found.billing_currency = costs.billing_currency
    and found.charge_date > costs.charge_date
    and least(found.charge_date - 28, found.reference_date) <= costs.charge_date
group by all
having
    abs(found.effective_cost - found.expected_cost)
    >= {{ var("notable_share") }}
    / 28
    * coalesce(
        sum(costs.effective_cost) filter (where costs.charge_date >= found.charge_date - 28), 0
    )
