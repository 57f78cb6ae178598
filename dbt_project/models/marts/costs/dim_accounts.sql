{{ config(materialized="table") }}
{% set account_key = "organization_id, company_id, provider, account_id" %}
{% set today = "cast('" ~ run_started_at.strftime("%Y-%m-%d") ~ "' as date)" %}
with
    charged_accounts as (
        select
            seen.organization_id,
            seen.company_id,
            connections.provider,
            seen.sub_account_id as account_id,
            seen.billing_account_id,
            seen.billing_period,
            seen.first_seen_date,
            seen.last_seen_date,
            seen.sub_account_name
        from {{ ref("int_accounts_seen") }} as seen
        inner join
            {{ ref("stg_registry__connections") }} as connections
            on seen.connection_id = connections.connection_id
    ),

    billed_accounts as (
        select
            {{ account_key }},
            billing_account_id,
            min(first_seen_date) over (partition by {{ account_key }}) as first_seen_date,
            max(last_seen_date) over (partition by {{ account_key }}) as last_seen_date,
            sub_account_name
        from charged_accounts
        qualify
            row_number() over (
                partition by {{ account_key }}
                order by last_seen_date desc, billing_period desc, billing_account_id
            )
            = 1
    ),

    assigned_accounts as (
        select
            assignments.organization_id,
            organizations.company_id,
            assignments.provider,
            assignments.account_id
        from {{ ref("stg_registry__cloud_account_assignments") }} as assignments
        inner join
            {{ ref("stg_registry__organizations") }} as organizations
            on assignments.organization_id = organizations.organization_id
        where
            assignments.valid_from <= {{ today }}
            and (assignments.valid_to is null or assignments.valid_to > {{ today }})
    )

select
    coalesce(billed.organization_id, assigned.organization_id) as organization_id,
    coalesce(billed.company_id, assigned.company_id) as company_id,
    coalesce(billed.provider, assigned.provider) as provider,
    coalesce(billed.account_id, assigned.account_id) as account_id,
    billed.billing_account_id,
    billed.first_seen_date,
    billed.last_seen_date,
    coalesce(accounts.account_name, billed.sub_account_name) as account_name,
    accounts.account_id is not null as is_registered,
    assigned.account_id is not null as is_assigned
from billed_accounts as billed
full outer join
    assigned_accounts as assigned using (organization_id, company_id, provider, account_id)
left join
    {{ ref("stg_registry__cloud_accounts") }} as accounts
    on accounts.provider = coalesce(billed.provider, assigned.provider)
    and accounts.account_id = coalesce(billed.account_id, assigned.account_id)
