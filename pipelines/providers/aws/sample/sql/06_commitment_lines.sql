-- Covered usage. A Savings Plan's row keeps its on-demand cost, which a negation cancels;
-- a reservation's row costs nothing.
create or replace temp view covered_lines as
select
    resources.* replace (
        resources.line_item_id || 'cv' as line_item_id,
        if(kind = 'SP', 'OnDemand', 'Reserved') as pricing_term
    ),
    slots.hour_no,
    slots.starts_at,
    slots.ends_at,
    slots.time_interval,
    commitments.commitment_no,
    covered as covered_units,
    covered_share as usage_amount,
    if(kind = 'SP', 'SavingsPlanCoveredUsage', 'DiscountedUsage') as line_item_type,
    if(kind = 'SP', covered_cost, 0)::decimal(28, 10) as unblended_cost,
    covered_cost as on_demand_cost,
    if(kind = 'SP', covered_share * resources.normalization_factor, covered)::decimal(18, 8)
        as normalized_usage_amount,
    (covered * recurring_price)::decimal(28, 10) as used_recurring,
    (covered * upfront_price)::decimal(28, 10) as used_upfront
from coverage
inner join resources on coverage.resource_no = resources.resource_no
inner join commitments on coverage.commitment_no = commitments.commitment_no
inner join slots on slots.step = 1 and coverage.hour_no = slots.hour_no
where covered > 0;

-- One per hour, plan, account, operation, usage type and zone: many covered rows, one negation.
create or replace temp table negation_lines as
select
    md5(concat_ws('/', commitment_no, account_id, operation, usage_type, availability_zone))
        as line_item_id,
    'SavingsPlanNegation' as line_item_type,
    commitment_no,
    account_id,
    account_name,
    operation,
    usage_type,
    availability_zone,
    hour_no,
    starts_at,
    ends_at,
    time_interval,
    product_code,
    service_code,
    product_name,
    product_family,
    region,
    region_name,
    instance_type,
    instance_family,
    'SavingsPlanNegation used by AccountId : ' || account_id as description,
    sum(usage_amount)::decimal(18, 8) as usage_amount,
    -sum(unblended_cost)::decimal(28, 10) as unblended_cost
from covered_lines
where line_item_type = 'SavingsPlanCoveredUsage'
group by all
order by line_item_id, hour_no;

-- The commitment's own rows: hourly for a Savings Plan, one a month for a reservation, which is
-- there even when everything was paid upfront and the fee is zero.
create or replace temp table fee_lines as
with reserved as (
    select
        commitment_no,
        count(*) as hours,
        sum(capacity)::decimal(18, 8) as units,
        sum(used)::decimal(18, 8) as used_units,
        min(hour_no) as first_hour
    from commitment_hours
    group by all
),
fees as (
    select
        commitments.*,
        'SavingsPlanRecurringFee' as line_item_type,
        slots.hour_no,
        slots.starts_at as charged_from,
        slots.ends_at as charged_to,
        commitment_hours.capacity as units,
        used as used_units,
        1 as quantity,
        (commitment_hours.capacity * recurring_price)::decimal(28, 10) as cost
    from commitments
    inner join commitment_hours on commitments.commitment_no = commitment_hours.commitment_no
    inner join slots on slots.step = 1 and commitment_hours.hour_no = slots.hour_no
    where kind = 'SP'
    union all
    select
        commitments.*,
        'RIFee',
        null,
        getvariable('period_start'),
        getvariable('period_end'),
        units,
        used_units,
        hours * reservation_count,
        (units * recurring_price)::decimal(28, 10)
    from commitments
    inner join reserved on commitments.commitment_no = reserved.commitment_no
    where kind = 'RI'
    union all
    select
        commitments.*,
        if(kind = 'SP', 'SavingsPlanUpfrontFee', 'Fee'),
        first_hour,
        starts_at,
        starts_at + interval 1 hour,
        null,
        null,
        if(kind = 'SP', 1, reservation_count),
        (capacity * upfront_price * term_hours)::decimal(28, 10)
    from commitments
    inner join reserved on commitments.commitment_no = reserved.commitment_no
    where upfront_price > 0 and starts_at >= getvariable('period_start')
)
select
    md5(arn || line_item_type) as line_item_id,
    line_item_type,
    commitment_no,
    hour_no,
    charged_from as starts_at,
    charged_to as ends_at,
    strftime(charged_from, '%Y-%m-%dT%H:%M:%SZ') || '/'
    || strftime(charged_to, '%Y-%m-%dT%H:%M:%SZ') as time_interval,
    account_id,
    account_name,
    if(kind = 'SP', 'ComputeSavingsPlans', product_code) as product_code,
    if(kind = 'SP', 'ComputeSavingsPlans', service_code) as service_code,
    if(kind = 'SP', 'Savings Plans for AWS Compute usage', product_name) as product_name,
    if(kind = 'SP', 'Savings Plans for AWS Compute usage', service_name) as service_name,
    service_category,
    service_subcategory,
    if(kind = 'SP', offering, product_family) as product_family,
    'ap-northeast-2' as region,
    'Asia Pacific (Seoul)' as region_name,
    case
        when kind = 'RI' then 'APN2-HeavyUsage:' || reserved_type
        when offering = 'ComputeSavingsPlans'
        then 'ComputeSP:' || lease || replace(payment_option, ' ', '')
        else 'APN2-EC2SP:m5.' || lease || replace(payment_option, ' ', '')
    end as usage_type,
    if(kind = 'RI', operation, null) as operation,
    if(kind = 'RI', reserved_type, null) as instance_type,
    if(kind = 'RI', reserved_units, null) as normalization_factor,
    if(kind = 'RI', 'Hrs', null) as pricing_unit,
    if(kind = 'RI', 'Reserved', null) as pricing_term,
    case
        when line_item_type = 'Fee' then 'Sign up charge for subscription: ' || plan_id
        when kind = 'RI' then
            'USD ' || (recurring_price * reserved_units)::decimal(18, 4) || ' hourly fee per '
            || product_name || ', ' || reserved_type || ' instance'
        else lease || ' ' || payment_option || ' ' || offering || ' ' || commitment_name
    end as description,
    quantity::decimal(18, 8) as usage_amount,
    if(kind = 'RI', quantity * reserved_units, null)::decimal(18, 8) as normalized_usage_amount,
    cost as unblended_cost,
    units as fee_units,
    used_units as fee_used_units,
    (units * upfront_price)::decimal(28, 10) as fee_upfront,
    ((units - used_units) * upfront_price)::decimal(28, 10) as unused_upfront,
    ((units - used_units) * recurring_price)::decimal(28, 10) as unused_recurring
from fees
order by commitment_no, line_item_type, starts_at;
