{% set expressions = {} %}
{% for column in ledger_columns() if column[:2] != "x_" %}
    {% do expressions.update({column: column}) %}
{% endfor %}
{% do expressions.update(
    {
        "charge_id": "md5(concat_ws('|', connection_id, billing_period, landed_row_id))",
        "billing_period_end": "coalesce(billing_period_end, billing_period_start + interval 1 month)",
        "provider_name": "coalesce(provider_name, host_provider_name, service_provider_name)",
        "publisher_name": "coalesce(publisher_name, service_provider_name, provider_name)",
        "host_provider_name": "coalesce(host_provider_name, provider_name, service_provider_name)",
        "service_provider_name": "coalesce(service_provider_name, publisher_name, provider_name)",
        "tags": "map_from_entries(list_filter(map_entries(tags), lambda tag: tag.value != ''))",
        "effective_cost": "coalesce(effective_cost, billed_cost)",
        "contracted_cost": "coalesce(contracted_cost, cost_without_a_price)",
        "list_cost": "coalesce(list_cost, contracted_cost, cost_without_a_price)",
        "sku_price_details": "nullif(sku_price_details, '{}')",
        "x_charge_type": "charge_category",
    }
) %}
with
    rows_with_a_cost as (
        select
            feed.*,
            -- What a commitment covers is billed 0: there the effective cost is the better guess.
            case
                when commitment_discount_status is null
                then billed_cost
                else coalesce(effective_cost, billed_cost)
            end as cost_without_a_price
        from {{ ref("stg_focus__rows") }} as feed
    )

select {{ ledger_row(expressions) }}
from rows_with_a_cost
