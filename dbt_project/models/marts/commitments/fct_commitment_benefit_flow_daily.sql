{{ config(partitioned_by=["organization_id", "billing_period"]) }}
-- A use that crosses the border of organizations stands in both: with the user as shared_in, with
-- the owner as shared_out. Neither row names the other's account, commitment or organization.
with
    -- Days first: owners are found once per user and day, not once per charge.
    charges as (
        select
            organization_id,
            company_id,
            connection_id,
            billing_period,
            coalesce(sub_account_id, billing_account_id) as account_id,
            cast(charge_period_start as date) as charge_date,
            commitment_discount_id as commitment_id,
            commitment_discount_status = 'Used' as is_used,
            billing_currency,
            sum(effective_cost) as effective_cost,
            sum({{ on_demand_equivalent("charges") }}) as ode_cost
        from {{ ref("int_charges") }} as charges
        where
            {{ is_changed(["connection_id", "billing_period"]) }}
            and charge_category = 'Usage'
            and commitment_discount_status is not null
            and commitment_discount_id is not null
        group by all
    ),

    uses as (
        select
            charges.organization_id as using_organization_id,
            commitments.organization_id as owning_organization_id,
            charges.company_id,
            charges.connection_id,
            charges.billing_period,
            charges.account_id as using_account_id,
            commitments.owner_account_id as owning_account_id,
            charges.charge_date,
            commitments.provider_name,
            commitments.commitment_type,
            charges.billing_currency,
            charges.is_used,
            charges.is_used and charges.organization_id <> commitments.organization_id as is_shared,
            charges.effective_cost,
            case when charges.is_used then charges.ode_cost else 0 end as ode_cost
        from charges
        inner join
            {{ ref("int_commitments_owned") }} as commitments
            on charges.connection_id = commitments.connection_id
            and charges.billing_period = commitments.billing_period
            and charges.commitment_id = commitments.commitment_id
            and charges.billing_currency = commitments.billing_currency
    ),

    flows as (
        select
            using_organization_id as organization_id,
            using_account_id as sub_account_id,
            case when is_shared then 'shared_in' else 'own' end as direction,
            uses.*,
            effective_cost as benefit_follows_usage_cost,
            case when is_shared then ode_cost else effective_cost end as owner_keeps_savings_cost
        from uses
        union all
        select
            owning_organization_id as organization_id,
            owning_account_id as sub_account_id,
            'shared_out' as direction,
            uses.*,
            0 as benefit_follows_usage_cost,
            effective_cost - ode_cost as owner_keeps_savings_cost
        from uses
        where is_shared
    )

select
    organization_id,
    company_id,
    connection_id,
    billing_period,
    sub_account_id,
    charge_date,
    direction,
    provider_name,
    commitment_type,
    billing_currency,
    sum(case when is_used then effective_cost else 0 end) as used_cost,
    sum(case when is_used then 0 else effective_cost end) as unused_cost,
    sum(ode_cost) as ode_cost,
    sum(ode_cost - effective_cost) as savings_cost,
    sum(benefit_follows_usage_cost) as benefit_follows_usage_cost,
    sum(owner_keeps_savings_cost) as owner_keeps_savings_cost
from flows
group by all
