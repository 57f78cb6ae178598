-- The bill: every line item of one delivery, as decimals. Formats only rename and print it.
create or replace temp view line_items as
with lines as (
    from charge_lines
    union all by name
    select *, 0 as edp_rate, 0 as private_rate, 1 as net_factor, 0 as edp_discount,
        0 as private_discount
    from monthly_lines
    union all by name
    select *, 0 as edp_rate, 0 as private_rate, 1 as net_factor, 0 as edp_discount,
        0 as private_discount
    from split_lines
)
select
    lines.* replace (coalesce(part_no, 0) as part_no),
    if(purpose = 'late refund', 'Refund', 'Anniversary') as bill_type,
    if(purpose = 'marketplace', 'AWS Marketplace', 'AWS') as billing_entity,
    case
        when purpose = 'marketplace' then 'Datadog, Inc.'
        else getvariable('invoicing_entity')
    end as legal_entity,
    case
        when not getvariable('is_final') then null
        when purpose = 'marketplace' then getvariable('invoice_id') + 7
        when purpose = 'late refund' then getvariable('invoice_id') + 90
        else getvariable('invoice_id')
    end::varchar as invoice_id,
    -- Discount rows already are the difference, so net they are nothing.
    if(
        getvariable('has_net_costs'),
        if(purpose = 'discount', 0, unblended_cost - edp_discount - private_discount),
        null
    )::decimal(28, 10) as net_unblended_cost,
    if(getvariable('has_net_costs'), net_factor, null) as net_share,
    commitments.arn,
    commitments.kind,
    commitments.offering,
    commitments.commitment_name,
    commitments.payment_option,
    commitments.lease,
    commitments.offering_class,
    commitments.plan_id,
    commitments.starts_at as committed_at,
    commitments.expires_at,
    commitments.term_hours,
    commitments.capacity,
    commitments.demand,
    commitments.reserved_units,
    commitments.reservation_count,
    commitments.recurring_price,
    commitments.upfront_price
from lines
left join commitments on lines.commitment_no = commitments.commitment_no;
