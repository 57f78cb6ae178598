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

    -- Names come from who held the account: the next holder's word never reaches the last one.
    held_accounts as (
        select
            organization_id,
            company_id,
            provider,
            account_id,
            max_by(account_name, valid_from) as account_name,
            bool_or(
                valid_from <= {{ today }} and coalesce(valid_to > {{ today }}, true)
            ) as is_assigned
        from {{ ref("int_account_owners") }}
        group by all
    ),

    registered_accounts as (select distinct company_id, provider, account_id from held_accounts)

select
    organization_id,
    company_id,
    provider,
    account_id,
    billed.billing_account_id,
    billed.first_seen_date,
    billed.last_seen_date,
    coalesce(held.account_name, billed.sub_account_name) as account_name,
    registered.account_id is not null as is_registered,
    coalesce(held.is_assigned, false) as is_assigned
from billed_accounts as billed
full outer join held_accounts as held using (organization_id, company_id, provider, account_id)
left join registered_accounts as registered using (company_id, provider, account_id)
where billed.account_id is not null or held.is_assigned
