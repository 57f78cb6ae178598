{{ config(materialized="table") }}
with
    attempts as (
        select
            company_id,
            invoice_id,
            event_id,
            occurred_at,
            event_type,
            payment_method,
            billing_currency,
            payment_amount,
            -- A refund is no attempt, and an attempt after it is none of the refund's.
            lead(occurred_at) over (
                partition by company_id, invoice_id, event_type = 'refunded'
                order by occurred_at, event_id
            ) as next_attempt_at
        from {{ ref("stg_platform__payments") }}
        where event_type in ('paid', 'failed', 'refunded')
    ),

    -- The first update of a card after it failed, unless an attempt came before it.
    card_updates as (
        select failed.event_id, min(updated.occurred_at) as card_updated_at
        from attempts as failed
        inner join
            {{ ref("stg_platform__payments") }} as updated
            on failed.company_id = updated.company_id
            and updated.event_type = 'card_updated'
            and failed.occurred_at < updated.occurred_at
            and coalesce(failed.next_attempt_at, cast('infinity' as timestamp))
            >= updated.occurred_at
        where failed.event_type = 'failed' and failed.payment_method = 'card'
        group by failed.event_id
    )

select
    company_id,
    invoice_id,
    event_id,
    occurred_at,
    card_updates.card_updated_at,
    card_updates.card_updated_at + interval 1 day as retry_due_at,
    if(card_updates.card_updated_at is not null, next_attempt_at, null) as retried_at,
    {{ policy_date("occurred_at") }} as payment_date,
    event_type as payment_type,
    payment_method,
    billing_currency,
    cast(payment_amount as decimal(38, 12)) as payment_amount,
    coalesce(
        coalesce(next_attempt_at, {{ policy_as_of_date() }})
        > card_updates.card_updated_at + interval 1 day,
        false
    ) as is_retry_late
from attempts
left join card_updates using (event_id)
