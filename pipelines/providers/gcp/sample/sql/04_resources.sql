-- What the rows of each resource say.
create or replace temp table resources as
select
    placed.* exclude (fate, digest, region_no, sleeps, part_no),
    meters.* exclude (meter_no, weight, since_months_ago, sku, code, asset),
    regions.region,
    regions.country,
    if(machine is null, null, regions.region || '-' || substr('abc', 1 + (fate % 3)::integer, 1))
        as zone,
    replace(replace(sku, '{place}', place), '{region}', region) as sku,
    string_split(asset, '/')[-1] || substr(digest, 1, 8) as resource_name,
    concat(
        '//', lower(replace(service, ' ', '')), '.googleapis.com/projects/', account_id, '/',
        asset, substr(digest, 1, 8)
    ) as global_name,
    if(is_tagged, [
        {'key': 'team', 'value': ['결제', '검색', '주문', 'data-platform', '게임서버', 'logistics'][
            1 + (fate // 16 % 6)::integer
        ]},
        {'key': 'environment', 'value': ['prod', 'prod', 'staging', 'dev'][
            1 + (fate // 128 % 4)::integer
        ]}
    ], []) as labels,
    if(machine is null, [], [
        {'key': 'compute.googleapis.com/machine_spec', 'value': machine}
    ]) as system_labels
from placed
inner join meters on placed.meter_no = meters.meter_no
inner join regions on placed.region_no = regions.region_no
order by resource_no;
