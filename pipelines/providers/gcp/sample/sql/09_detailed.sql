-- The detailed usage export, nested as BigQuery keeps it. Costs are FLOAT64 there, prices NUMERIC.
create or replace temp view detailed as
with rows as (
    from billed_rows
    union all by name
    from invoice_rows
)
select
    least(
        getvariable('extracts') - 1,
        date_diff('day', getvariable('period_start'), export_time) // 7
    ) as extract_no,
    getvariable('payer_id') as billing_account_id,
    {'id': service_id, 'description': service} as service,
    {'id': sku_id, 'description': sku} as sku,
    starts_at as usage_start_time,
    ends_at as usage_end_time,
    {
        'id': account_id,
        'number': if(
            account_id is null, null, lpad((hash(account_id) % 1000000000000)::varchar, 12, '0')
        ),
        'name': account_name,
        'ancestry_numbers': if(account_id is null, null, '/100000000001/'),
        'ancestors': if(account_id is null, [], [
            {'resource_name': 'organizations/100000000001', 'display_name': 'hanbit.example'}
        ]),
        'labels': if(
            account_id is null or workload = 'staging',
            [],
            [{'key': 'cost-center', 'value': 'cc-3000'}]
        )
    } as project,
    coalesce(labels, []) as labels,
    coalesce(system_labels, []) as system_labels,
    if(account_id is null or workload = 'staging', [], [{
        'key': 'workload', 'value': workload, 'inherited': true, 'namespace': 'hanbit.example'
    }]) as tags,
    {
        'location': coalesce(region, 'global'),
        'country': country,
        'region': region,
        'zone': zone
    } as location,
    if(seller_name is null, 'GOOGLE', 'THIRD_PARTY_RESELLER') as transaction_type,
    seller_name,
    export_time,
    cost::double as cost,
    'USD' as currency,
    1::double as currency_conversion_rate,
    {
        'amount': amount * unit_factor,
        'unit': usage_unit,
        'amount_in_pricing_units': amount::double,
        'pricing_unit': pricing_unit
    } as usage,
    list_transform(coalesce(credits, []), lambda credit: {
        'name': credit.name,
        'amount': credit.amount::double,
        'full_name': credit.full_name,
        'id': credit.id,
        'type': credit.type
    }) as credits,
    {
        'month': strftime(getvariable('period_start'), '%Y%m'),
        'publisher_type': if(seller_name is null, 'GOOGLE', 'PARTNER')
    } as invoice,
    coalesce(cost_type, 'regular') as cost_type,
    {
        'id': if(
            adjustment_description is null,
            null,
            md5(concat(adjustment_description, getvariable('payer_id'), starts_at))
        ),
        'description': adjustment_description,
        'mode': mode,
        'type': if(adjustment_description is null, null, 'GENERAL_ADJUSTMENT')
    } as adjustment_info,
    cost_at_default::double as cost_at_list,
    {
        'list_price': price,
        'effective_price_default': price,
        'list_price_consumption_model': price,
        'effective_price': if(consumption_model is null, price, (price * 0.72)::decimal(28, 9)),
        'tier_start_amount': if(price is null, null, 0)::decimal(28, 9),
        'unit': pricing_unit,
        'pricing_unit_quantity': pricing_quantity::decimal(28, 9)
    } as price,
    cost_at_default::double as cost_at_effective_price_default,
    cost::double as cost_at_list_consumption_model,
    {
        'id': if(consumption_model is null, '7754-699E-0EBF', 'A1B2-C3D4-E5F6'),
        'description': coalesce(consumption_model, 'Default')
    } as consumption_model,
    {'name': resource_name, 'global_name': global_name} as resource,
    {'instance_id': subscription_id} as subscription
from rows;
