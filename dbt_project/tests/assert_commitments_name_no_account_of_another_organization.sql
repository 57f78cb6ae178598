-- Every account that a commitment's row names was once the organization's own, or nobody's.
with
    named_accounts as (
        select organization_id, company_id, sub_account_id as account_id
        from {{ ref("fct_commitment_benefit_flow_daily") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        union
        select organization_id, company_id, sub_account_id as account_id
        from {{ ref("fct_commitment_coverage_daily") }}
        where {{ is_changed(["connection_id", "billing_period"]) }}
        union
        select organization_id, company_id, owner_account_id as account_id
        from {{ ref("dim_commitments") }}
    )

select named_accounts.organization_id, named_accounts.account_id
from named_accounts
left join {{ ref("int_account_owners") }} as owners using (organization_id, company_id, account_id)
where
    named_accounts.organization_id <> 'unassigned'
    and named_accounts.account_id is not null
    and owners.account_id is null
