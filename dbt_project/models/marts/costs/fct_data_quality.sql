{% set keys = (
    "organization_id, company_id, connection_id, billing_period, provider_name, service_name, "
    ~ "billing_currency"
) %}
{% set flags = {
    "missing_list_price": "charge_category = 'Usage' and effective_cost > 0 and list_unit_price is null",
    "list_below_contracted": "list_cost < contracted_cost - 0.000001",
    "zero_price_with_cost": "contracted_unit_price = 0 and contracted_cost <> 0",
    "negative_usage": "charge_category = 'Usage' and charge_class is null and consumed_quantity < 0",
    "missing_usage": "charge_category = 'Usage' and effective_cost <> 0 and consumed_quantity is null",
    "missing_account_name": "sub_account_id is not null and nullif(sub_account_name, '') is null",
    "unknown_service": "unknown_services.service_name is not null",
} %}
with
    unknown_services as (
        select distinct organization_id, connection_id, billing_period, service_name
        from {{ ref("int_services_seen") }}
        where {{ is_changed(["connection_id", "billing_period"]) }} and not is_known
    ),

    -- Rows with the same flags together: a pass over the ledger per flag would cost seven.
    flagged_charges as (
        select
            {{ keys }},
            {% for flag, condition in flags.items() %}
                coalesce({{ condition }}, false) as is_{{ flag }},
            {% endfor %}
            count(*) as charge_count,
            sum(billed_cost) as billed_cost,
            sum(effective_cost) as effective_cost
        from {{ ref("int_charges") }}
        left join
            unknown_services using (organization_id, connection_id, billing_period, service_name)
        where {{ is_changed(["connection_id", "billing_period"]) }}
        group by all
    )

{% for flag in flags %}
    select
        {{ keys }},
        '{{ flag }}' as quality_flag,
        sum(charge_count) as charge_count,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost
    from flagged_charges
    where is_{{ flag }}
    group by all {{ "union all" if not loop.last }}
{% endfor %}
