-- One row per resource and meter: where it stands, whose it is, when it runs. Wants `meters`,
-- `commitments`, `regions`; resource 100 is the one whose use spikes.
create or replace temp table placed as
with deck as (
    -- Each meter as often as its weight: drawing a card by hash follows the weights.
    select meter_no, row_number() over (order by meter_no, card) - 1 as card_no
    from meters cross join range(weight) as cards(card)
),
region_deck as (
    select region_no, row_number() over (order by region_no, card) - 1 as card_no
    from regions cross join range(weight) as cards(card)
),
pool as (
    -- A resource has a line a day, and one whose commitment covers part of the day has two.
    select greatest(0, getvariable('rows') / 30.5 - coalesce(sum(fleet_size * 1.4), 0))::integer
        as size
    from commitments
),
drawn as (
    -- One of everything, so that the smallest sample still has each service.
    select meter_no as resource_no, meter_no, null::bigint as commitment_no, 0 as fleet_no
    from meters
    where weight > 0
    union all
    select 100, getvariable('spiking_meter'), null, 0
    union all
    select
        1000 + row_number() over (order by commitment_no, fleet_no),
        meter_no,
        commitment_no,
        fleet_no
    from commitments cross join range(fleet_size) as fleet(fleet_no)
    union all
    select 1000000 + pool_no, deck.meter_no, null, 0
    from pool
    cross join range(size) as numbers(pool_no)
    inner join deck
        on deck.card_no = hash(getvariable('seed'), 'meter', pool_no) % (select count(*) from deck)
),
dealt as (
    select
        *,
        hash(getvariable('seed'), 'resource', resource_no) as fate,
        md5(concat_ws('/', getvariable('seed'), getvariable('payer_id'), resource_no)) as digest,
        case
            when resource_no = 100
            then coalesce(
                (
                    select min(account_no) from accounts
                    where workload = getvariable('spiking_workload')
                ),
                1
            )
            when resource_no < 1000 then 1 + resource_no % (select count(*) - 1 from accounts)
            when resource_no < 1000000
            then 1 + (commitment_no + fleet_no) % (select count(*) - 1 from accounts)
            else
                1 + hash(getvariable('seed'), 'account', resource_no)
                % (select count(*) - 1 from accounts)
        end as account_no,
        hash(getvariable('seed'), 'region', resource_no) % (select count(*) from region_deck)
            as region_card
    from drawn
)
select
    dealt.resource_no,
    dealt.meter_no,
    dealt.commitment_no,
    dealt.fate,
    dealt.digest,
    if(dealt.resource_no < 1000000, 1, region_deck.region_no) as region_no,
    accounts.account_id,
    accounts.account_name,
    accounts.workload,
    -- The staging team never tags; elsewhere one resource in eight slipped through.
    accounts.workload <> 'staging' and dealt.fate % 8 <> 7 as is_tagged,
    coalesce(dealt.fleet_no % 2 = 1 and commitments.fleet_sleeps, false) as sleeps,
    -- Which file of the delivery lists it.
    dealt.resource_no % getvariable('parts') as part_no,
    dealt.resource_no = 100 and getvariable('has_spike') as is_spiking,
    case
        when meters.since_months_ago < 99
        then getvariable('until_start') - to_months(meters.since_months_ago)
        -- Of ten resources in the pool one is born and one dies in these months.
        when dealt.resource_no >= 1000000 and dealt.fate % 10 = 0
        then getvariable('first_start') + to_days((dealt.fate // 10 % 60)::integer)
        else timestamp '2000-01-01'
    end as active_from,
    case
        when dealt.resource_no >= 1000000 and dealt.fate % 10 = 1
        then getvariable('first_start') + to_days((dealt.fate // 10 % 90)::integer)
        else timestamp '2100-01-01'
    end as active_until
from dealt
inner join region_deck on dealt.region_card = region_deck.card_no
inner join meters on dealt.meter_no = meters.meter_no
inner join accounts on dealt.account_no = accounts.account_no
left join commitments on dealt.commitment_no = commitments.commitment_no
order by dealt.resource_no;
