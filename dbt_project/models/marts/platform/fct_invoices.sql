{{ config(materialized="table") }}
with
    -- A later statement of an invoice replaces the one before; an amount of 0 voids it.
    invoices as (
        select company_id, invoice_id, issued_date, due_date, billing_currency, invoice_amount
        from {{ ref("stg_platform__invoices") }}
        qualify
            row_number() over (
                partition by company_id, invoice_id order by occurred_at desc, event_id desc
            )
            = 1
    ),

    -- What is paid in another currency does not count: nobody knows how much of it.
    payments as (
        select
            company_id,
            invoice_id,
            payments.event_type,
            payments.payment_amount,
            {{ policy_date("payments.occurred_at") }} as payment_date,
            sum(if(payments.event_type = 'paid', payments.payment_amount, 0)) over (
                partition by company_id, invoice_id order by payments.occurred_at, payments.event_id
            ) as paid_until
        from {{ ref("stg_platform__payments") }} as payments
        inner join invoices using (company_id, invoice_id, billing_currency)
        where payments.event_type in ('paid', 'refunded')
    ),

    paid_per_invoice as (
        select
            company_id,
            invoice_id,
            min(payment_date) filter (where paid_until >= invoice_amount) as settled_date,
            sum(payment_amount) filter (where event_type = 'paid') as paid_amount,
            sum(payment_amount) filter (where event_type = 'refunded') as refunded_amount
        from payments
        inner join invoices using (company_id, invoice_id)
        group by company_id, invoice_id
    )

select
    company_id,
    invoice_id,
    issued_date,
    due_date,
    if(invoice_amount = 0, issued_date, paid.settled_date) as settled_date,
    cast(issued_date + interval 30 day as date) as autosavings_stops_date,
    cast(issued_date + interval 3 month as date) as ends_date,
    case
        when invoice_amount = 0
        then 'void'
        when paid.settled_date is not null
        then 'paid'
        when paid.paid_amount > 0
        then 'partly_paid'
        else 'open'
    end as invoice_status,
    billing_currency,
    cast(invoice_amount as decimal(38, 12)) as invoice_amount,
    cast(coalesce(paid.paid_amount, 0) as decimal(38, 12)) as paid_amount,
    cast(coalesce(paid.refunded_amount, 0) as decimal(38, 12)) as refunded_amount,
    cast(
        greatest(invoice_amount - coalesce(paid.paid_amount, 0), 0) as decimal(38, 12)
    ) as open_amount
from invoices
left join paid_per_invoice as paid using (company_id, invoice_id)
