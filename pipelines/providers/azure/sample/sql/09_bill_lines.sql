-- Every line of both exports, with the words both agreements share.
create or replace temp macro plain(amount) as
    rtrim(rtrim(amount::decimal(28, 12)::varchar, '0'), '.');

create or replace temp view bill_lines as
with resource_lines as (
    select
        lines.*,
        commitments.benefit_id,
        commitments.commitment_name,
        commitments.order_id,
        commitments.order_name,
        commitments.term_months,
        lines.unit_price as line_price
    from (from usage_lines union all by name from covered_lines) as lines
    left join commitments on lines.commitment_no = commitments.commitment_no
),
account_lines as (
    select
        paid.* replace (string_split(benefit_id, '/')[3] as consumed_service),
        accounts.account_id,
        accounts.account_name,
        benefit_id as resource_id,
        commitment_name as resource_name,
        'KoreaCentral' as location,
        'koreacentral' as normalized_location,
        'KR Central' as meter_region,
        order_name as product_name
    from (from unused_lines union all by name from payment_lines) as paid
    cross join accounts
    where accounts.account_no = 0
),
lines as (
    from resource_lines
    union all by name
    from account_lines
    union all by name
    from other_lines
    union all by name
    from tax_lines
),
worded as (
    select
        * replace (
            coalesce(part_no, 0) as part_no,
            coalesce(frequency, 'UsageBased') as frequency,
            coalesce(publisher_type, 'Azure') as publisher_type,
            coalesce(publisher_name, 'Microsoft') as publisher_name,
            coalesce(unit_of_measure, '1') as unit_of_measure
        ),
        charge_type like 'Unused%' as is_unused,
        charge_type in ('Purchase', 'Refund') and benefit_id is not null as is_payment,
        -- Only what is used on demand or by a savings plan has a list price.
        if(charge_type = 'Usage' and pricing_model <> 'Reservation', payg_price, 0)
        ::decimal(28, 6) as list_price
    from lines
)
select 'actual' as export_part, actual_cost as cost, * from worded where not is_unused
union all
select 'amortized', amortized_cost, * from worded where not is_payment;
