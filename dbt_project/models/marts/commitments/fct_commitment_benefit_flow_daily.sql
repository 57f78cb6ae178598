{{ config(partitioned_by=["organization_id", "billing_period"]) }}
-- A use that crosses the border of organizations stands in both: with the user as shared_in, with
-- the
-- owner as shared_out. Neither row names the other's account, commitment or organization.
with
    uses as (
        select
            charges.organization_id as using_organization_id,
            commitments.organization_id as owning_organization_id,
            charges.company_id,
            charges.connection_id,
            charges.billing_period,
            coalesce(charges.sub_account_id, charges.billing_account_id) as using_account_id,
            commitments.owner_account_id as owning_account_id,
            cast(charges.period_start_at as date) as charge_date,
            charges.provider_name,
            charges.commitment_type,
            charges.billing_currency,
            charges.kind,
            charges.kind = 'used'
            and charges.organization_id <> commitments.organization_id as is_shared,
            charges.effective_cost,
            charges.ode_cost
        from {{ ref("int_commitment_charges_summed") }} as charges
        inner join
            {{ ref("int_commitments_owned") }} as commitments
            on charges.connection_id = commitments.connection_id
            and charges.billing_period = commitments.billing_period
            and charges.commitment_id = commitments.commitment_id
            and charges.billing_currency = commitments.billing_currency
        where
            {{ is_changed(["connection_id", "billing_period"], "charges") }}
            and charges.kind <> 'purchase'
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
    sum(case when kind = 'used' then effective_cost else 0 end) as used_cost,
    sum(case when kind = 'unused' then effective_cost else 0 end) as unused_cost,
    sum(ode_cost) as ode_cost,
    sum(ode_cost - effective_cost) as savings_cost,
    sum(benefit_follows_usage_cost) as benefit_follows_usage_cost,
    sum(owner_keeps_savings_cost) as owner_keeps_savings_cost
from flows
group by all
