{{ config(materialized="table") }}
-- Drawn by what a cloud bills for use and purchases; tax and credits fulfil no promise. Told up to
-- the last day of a bill: days that no bill knows yet are no slow pace.
with
    contracts as (
        select *, date_diff('day', start_date, last_date) + 1 as term_days
        from {{ ref("stg_registry__commitment_contracts") }}
    ),

    drawn_per_day as (
        select
            contracts.contract_id,
            costs.charge_date,
            max(costs.provider_name) as provider_name,
            sum(costs.billed_cost) as drawn_cost
        from contracts
        inner join
            {{ ref("stg_registry__connections") }} as connections
            on contracts.company_id = connections.company_id
            and contracts.provider = connections.provider
        inner join
            {{ ref("fct_daily_costs") }} as costs
            on connections.connection_id = costs.connection_id
            and contracts.billing_currency = costs.billing_currency
            and coalesce(contracts.billing_account_id, costs.billing_account_id)
            = costs.billing_account_id
            and costs.charge_date between contracts.start_date and contracts.last_date
            and costs.charge_date <= {{ as_of_date() }}
        where costs.charge_category not in ('Tax', 'Credit')
        group by all
    ),

    -- And on the inventory's own day, once the term is over or while no bill fell into it.
    days as (
        select contract_id, charge_date, provider_name, drawn_cost
        from drawn_per_day
        union all
        select
            contract_id, {{ as_of_date() }} as charge_date, null as provider_name, 0 as drawn_cost
        from contracts
        where
            last_date < {{ as_of_date() }}
            or contract_id not in (select contract_id from drawn_per_day)
    ),

    told_days as (
        select
            contracts.*,
            days.charge_date as as_of_date,
            max(days.provider_name) over same_contract as provider_name,
            sum(days.drawn_cost) over (
                partition by contracts.contract_id
                order by days.charge_date
                rows unbounded preceding
            ) as used_to_date_cost
        from contracts
        inner join days using (contract_id)
        window same_contract as (partition by contracts.contract_id)
    ),

    paced as (
        select
            *,
            greatest(
                0, least(date_diff('day', start_date, as_of_date) + 1, term_days)
            ) as elapsed_days,
            cast(
                commitment_cost * elapsed_days / term_days as decimal(38, 12)
            ) as committed_to_date_cost,
            cast(
                used_to_date_cost * term_days / nullif(elapsed_days, 0) as decimal(38, 12)
            ) as projected_cost
        from told_days
    )

select
    organization_id,
    company_id,
    contract_id as commitment_id,
    billing_account_id,
    as_of_date,
    cast(start_date as timestamp) as started_at,
    cast(last_date + 1 as timestamp) as ended_at,
    coalesce(provider_name, provider) as provider_name,
    contract_name as commitment_name,
    billing_currency,
    commitment_cost,
    committed_to_date_cost,
    used_to_date_cost,
    greatest(0, committed_to_date_cost - used_to_date_cost) as unused_to_date_cost,
    greatest(0, commitment_cost - used_to_date_cost) as remaining_commitment_cost,
    projected_cost,
    case
        when projected_cost is not null then greatest(0, commitment_cost - projected_cost)
    end as projected_unused_cost,
    cast(elapsed_days as double) / term_days as elapsed_ratio,
    {{ ratio_of("used_to_date_cost", "committed_to_date_cost") }} as burn_ratio,
    {{ ratio_of("projected_cost", "commitment_cost") }} as projected_utilization_ratio
from paced
