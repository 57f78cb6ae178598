{# The bill's own totals, added up from the raw column while landing: a way that shares no SQL with the ledger. #}
{% for delivery in planned_deliveries() %}
    {%- for billing_currency, control_total in delivery.control_totals.items() %}
        select
            '{{ delivery.connection_id }}' as connection_id,
            '{{ delivery.company_id }}' as company_id,
            '{{ delivery.billing_period }}' as billing_period,
            '{{ delivery.delivery_id }}' as delivery_id,
            '{{ billing_currency }}' as billing_currency,
            cast('{{ control_total }}' as decimal(38, 12)) as control_total
        union all
    {%- endfor %}
{%- endfor %}
select
    null::varchar as connection_id,
    null::varchar as company_id,
    null::varchar as billing_period,
    null::varchar as delivery_id,
    null::varchar as billing_currency,
    null::decimal(38, 12) as control_total
where false
