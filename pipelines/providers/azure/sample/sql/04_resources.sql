-- What the lines of each resource say.
create or replace temp table resources as
select
    placed.* exclude (fate, is_tagged, region_no, sleeps),
    meters.* exclude (meter_no, weight, since_months_ago),
    regions.* exclude (region_no, weight),
    'rg-' || workload as resource_group,
    string_split(resource_path, '/')[-1] || substr(digest, 1, 8) as resource_name,
    concat(
        '/subscriptions/', account_id, '/resourceGroups/rg-', workload, '/providers/',
        resource_path, substr(digest, 1, 8)
    ) as resource_id,
    concat(meter_category, ' ', meter_sub_category, ' - ', meter_name, ' - ', meter_region)
        as product_name,
    if(meter_name like '% Spot', 'Spot', 'OnDemand') as on_demand_model,
    if(
        vm_size is not null, json_object('UsageType', 'ComputeHR', 'ServiceType', vm_size), null
    )::varchar as additional_info,
    if(is_tagged, concat(
        '"team": "', ['결제', '검색', '주문', 'data-platform', '게임서버', 'logistics'][
            1 + (fate // 16 % 6)::integer
        ],
        '","environment": "', ['prod', 'prod', 'staging', 'dev'][1 + (fate // 128 % 4)::integer],
        if(fate % 8 < 5, '","app": "' || ['주문API', '상품검색', 'checkout', '추천엔진'][
            1 + (fate // 1024 % 4)::integer
        ], ''),
        '"'
    ), null) as tags
from placed
inner join meters on placed.meter_no = meters.meter_no
inner join regions on placed.region_no = regions.region_no
order by resource_no;
