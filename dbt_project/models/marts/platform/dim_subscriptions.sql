{{ config(materialized="table") }}
{% set today = policy_as_of_date() %}
with
    invoices as (select * from {{ ref("fct_invoices") }} where issued_date <= {{ today }}),

    -- Unpaid when its last day begins, an invoice ends the plan for good: paying later is too late.
    endings as (
        select company_id, max(ends_date) as ended_date
        from invoices
        where
            ends_date <= {{ today }}
            and coalesce(settled_date, cast('infinity' as date)) >= ends_date
        group by company_id
    ),

    -- An invoice issued after the end is a new subscription's.
    invoices_since as (
        select invoices.*, coalesce(settled_date, cast('infinity' as date)) > {{ today }} as is_open
        from invoices
        left join endings using (company_id)
        where issued_date > ended_date or ended_date is null
    ),

    unpaid as (
        select
            company_id,
            count(*) as invoice_count,
            count(*) filter (where is_open) as open_invoice_count,
            min(issued_date) filter (where is_open) as unpaid_since_date,
            min(autosavings_stops_date) filter (where is_open) as autosavings_stops_date,
            min(ends_date) filter (where is_open) as ends_date
        from invoices_since
        group by company_id
    ),

    retries as (
        select company_id, min(retry_due_at) as retry_due_at
        from {{ ref("fct_payments") }}
        inner join invoices_since using (company_id, invoice_id)
        where is_open and retried_at is null
        group by company_id
    ),

    subscriptions as (
        select
            companies.company_id,
            companies.plan,
            endings.ended_date,
            unpaid.unpaid_since_date,
            unpaid.autosavings_stops_date,
            unpaid.ends_date,
            retries.retry_due_at,
            coalesce(unpaid.open_invoice_count, 0) as open_invoice_count,
            case
                when companies.plan in ('trial', 'free')
                then companies.plan
                when endings.ended_date is not null and unpaid.invoice_count is null
                then 'ended'
                when unpaid.autosavings_stops_date <= {{ today }}
                then 'autosavings_stopped'
                when unpaid.open_invoice_count > 0
                then 'unpaid'
                else 'active'
            end as subscription_status
        from {{ ref("stg_registry__companies") }} as companies
        left join endings using (company_id)
        left join unpaid using (company_id)
        left join retries using (company_id)
        -- Whoever withdrew subscribes to nothing; his invoices are elsewhere.
        where companies.is_active
    )

select
    company_id,
    {{ today }} as as_of_date,
    unpaid_since_date,
    autosavings_stops_date,
    ends_date,
    ended_date,
    retry_due_at,
    plan,
    if(subscription_status = 'ended', 'free', plan) as effective_plan,
    subscription_status,
    open_invoice_count,
    subscription_status in ('autosavings_stopped', 'ended') as is_autosavings_stopped
from subscriptions
