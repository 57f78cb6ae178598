-- One row per resource and meter: everything about its line items that no hour changes.
create or replace temp table drawn as
with deck as (
    -- Each thing as often as its weight: drawing a card by hash follows the weights.
    select sku_no, row_number() over (order by sku_no, card) - 1 as card_no
    from catalog cross join range(weight) as cards(card)
),
pool as (
    -- A machine that sleeps bills fewer hours, and so does one born or gone in the month.
    select greatest(
        0,
        getvariable('rows') / 680
        - coalesce(sum(fleet_size * if(fleet_sleeps, 0.7, 1.2) + if(kind = 'SP', 2, 0)), 0)
    )::integer as size
    from commitments
)
-- One of everything, billed by the day, so that the smallest sample still has each service.
select sku_no as resource_no, sku_no, 24 as step, null::bigint as commitment_no, 0 as fleet_no
from catalog
where weight > 0
union all
-- The log group that somebody leaves on debug.
select 100, 16, 24, null, 0
union all
select
    1000 + row_number() over (order by commitment_no, fleet_no), sku_no, 1, commitment_no, fleet_no
from commitments cross join range(fleet_size) as fleet(fleet_no)
union all
select 1000000 + pool_no, deck.sku_no, 1, null, 0
from pool
cross join range(size) as numbers(pool_no)
inner join deck
    on deck.card_no = hash(getvariable('seed'), 'sku', pool_no) % (select count(*) from deck);

create or replace temp table described as
with region_deck as (
    select region_no, row_number() over (order by region_no, card) - 1 as card_no
    from regions cross join range(weight) as cards(card)
),
placed as (
    select
        drawn.*,
        hash(getvariable('seed'), 'resource', resource_no) as fate,
        md5(concat_ws('/', getvariable('seed'), getvariable('payer_id'), resource_no)) as digest,
        if(resource_no < 1000000, 1, region_no) as region_no,
        case
            when resource_no = 100
            then coalesce((select min(account_no) from accounts where workload = 'data-lake'), 1)
            when resource_no < 100 then 1 + resource_no % (select count(*) - 1 from accounts)
            -- Two machines of a fleet stand together, so that one negation cancels both.
            when resource_no < 1000000
            then 1 + (commitment_no + fleet_no // 2) % (select count(*) - 1 from accounts)
            else
                1 + hash(getvariable('seed'), 'account', resource_no)
                % (select count(*) - 1 from accounts)
        end as account_no
    from drawn
    inner join region_deck
        on region_deck.card_no
        = hash(getvariable('seed'), 'region', resource_no) % (select count(*) from region_deck)
),
mapped as (
    select
        placed.*,
        accounts.account_id,
        accounts.account_name,
        accounts.workload,
        catalog.* exclude (sku_no, price),
        catalog.price as unit_price,
        regions.region,
        regions.region_name,
        coalesce(regions.usage_prefix, '') || catalog.usage_type as full_usage_type,
        -- The staging team never tags; elsewhere one resource in eight slipped through.
        accounts.workload <> 'staging' and fate % 8 <> 7 as is_tagged,
        if(commitment_no is null, fate, fleet_no // 2) as zone_no
    from placed
    inner join catalog on placed.sku_no = catalog.sku_no
    inner join regions on placed.region_no = regions.region_no
    inner join accounts on placed.account_no = accounts.account_no
)
select mapped.*, coalesce(fleet_no % 2 = 1 and fleet_sleeps, false) as sleeps
from mapped
left join (select commitment_no, fleet_sleeps from commitments) using (commitment_no);

-- When and how much each runs.
create or replace temp table meters as
select
    resource_no,
    step,
    commitment_no,
    digits,
    amount as typical_amount,
    instance_type is null as is_metered,
    resource_no = 100 and getvariable('has_spike') as is_spiking,
    sleeps,
    case
        when since_months_ago < 99 then getvariable('until_start') - to_months(since_months_ago)
        -- Of ten resources in the pool one is born and one dies in these months.
        when resource_no >= 1000000 and fate % 10 = 0
        then getvariable('first_start') + to_hours((fate // 10 % 1400)::integer)
        else timestamp '2000-01-01'
    end as active_from,
    case
        when resource_no >= 1000000 and fate % 10 = 1
        then getvariable('first_start') + to_hours((fate // 10 % 2100)::integer)
        else timestamp '2100-01-01'
    end as active_until
from described
order by resource_no;

-- What their line items say.
create or replace temp table resources as
with worded as (
    select
        resource_no,
        -- Which file of the delivery lists it.
        resource_no % getvariable('parts') as part_no,
        digest as line_item_id,
        account_id,
        account_name,
        product_code,
        service_code,
        product_name,
        service_name,
        service_category,
        service_subcategory,
        product_family,
        full_usage_type as usage_type,
        operation,
        pricing_unit,
        unit_price,
        if(usage_type like 'SpotUsage%', 0.118::decimal(28, 9), unit_price) as list_unit_price,
        if(usage_type like 'SpotUsage%', 'Spot', 'OnDemand') as pricing_term,
        instance_type,
        split_part(instance_type, '.', if(instance_type like 'db.%', 2, 1)) as instance_family,
        normalization_factor,
        vcpu,
        memory,
        product_group,
        resource_type,
        description,
        region,
        region_name,
        case
            when resource_type in ('instance', 'volume', 'db')
            then region || substr('abc', 1 + (zone_no % 3)::integer, 1)
        end as availability_zone,
        replace(replace(resource_name, '{account}', account_id), '{region}', region)
        || substr(digest, 1, if(resource_name like '%hanbit%', 8, 16)) as resource_id,
        upper(substr(md5('sku' || sku_no), 1, 16)) as sku,
        if(
            is_tagged,
            ['결제', '검색', '주문', 'data-platform', '게임서버', 'logistics'][
                1 + (fate // 16 % 6)::integer
            ],
            null
        ) as tag_team,
        if(is_tagged, ['prod', 'prod', 'staging', 'dev'][1 + (fate // 128 % 4)::integer], null)
            as tag_environment,
        if(
            is_tagged and fate % 8 < 5,
            ['주문API', '상품검색', 'checkout', '추천엔진', 'etl', '배송추적'][
                1 + (fate // 1024 % 6)::integer
            ],
            null
        ) as tag_app,
        'IAMUser:AIDA' || upper(substr(digest, 1, 12)) || ':'
        || ['kim.minsu', 'lee.jiyeon', '박서준', 'terraform'][1 + (fate // 8192 % 4)::integer]
            as tag_created_by
    from described
)
select
    *,
    rtrim(rtrim(unit_price::varchar, '0'), '.') as unit_price_text,
    rtrim(rtrim(list_unit_price::varchar, '0'), '.') as list_unit_price_text,
    map_from_entries(list_filter([
        {'k': 'product_name', 'v': product_name},
        {'k': 'region', 'v': region},
        {'k': 'servicename', 'v': service_name},
        {'k': 'vcpu', 'v': vcpu},
        {'k': 'memory', 'v': memory},
        {'k': 'group', 'v': product_group}
    ], lambda entry: entry.v is not null)) as product_map,
    map_from_entries(list_filter([
        {'k': 'user_team', 'v': tag_team},
        {'k': 'user_environment', 'v': tag_environment},
        {'k': 'user_app', 'v': tag_app},
        {'k': 'aws_created_by', 'v': tag_created_by}
    ], lambda entry: entry.v is not null)) as tags_map
from worded
order by resource_no;
