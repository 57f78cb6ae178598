{# FocusCost speaks the contract, in three versions: columns pass by name, known defects are mended. #}
{% set mended = [
    "billing_period_start",
    "billing_period_end",
    "charge_period_start",
    "charge_period_end",
    "tags",
] %}
{% set wanted = {
    "text": mended
    + ["x_invoice_id", "x_pricing_currency", "x_sku_meter_name", "x_sku_description"],
    "decimal": [],
} %}
{% set expressions = {} %}
{% for column, type in ledger_columns().items() if column not in house_columns() + mended %}
    {% do wanted["text" if type == "varchar" else "decimal"].append(column) %}
    {% do expressions.update({column: column}) %}
{% endfor %}
{% for column in house_columns() %} {% do expressions.update({column: column}) %} {% endfor %}
{% for column in mended %}
    {% do expressions.update({column: azure_timestamp(column)}) %}
{% endfor %}
{% set pricing_currency = "coalesce(pricing_currency, x_pricing_currency, billing_currency)" %}
{% set is_priced_as_billed = pricing_currency ~ " = billing_currency" %}
{% set effective_cost = "coalesce(effective_cost, billed_cost, 0)" %}
{% set is_purchase = "commitment_discount_id is not null and charge_category = 'Purchase'" %}
{% do expressions.update(
    {
        "charge_id": "md5(concat_ws('|', connection_id, billing_period, landed_row_id))",
        "billing_account_id": "string_split(billing_account_id, '/')[-1]",
        "billing_account_type": "coalesce(billing_account_type, case when contains(lower(billing_account_id), '/billingprofiles/') then 'Billing Profile' else 'Billing Account' end)",
        "sub_account_type": "coalesce(sub_account_type, case when sub_account_id is not null then 'Subscription' end)",
        "sub_account_id": "lower(string_split(sub_account_id, '/')[-1])",
        "invoice_id": "coalesce(invoice_id, x_invoice_id)",
        "pricing_currency": pricing_currency,
        "pricing_currency_effective_cost": "coalesce(pricing_currency_effective_cost, case when "
        ~ is_priced_as_billed
        ~ " then "
        ~ effective_cost
        ~ " end)",
        "pricing_currency_list_unit_price": "nullif(coalesce(pricing_currency_list_unit_price, case when "
        ~ is_priced_as_billed
        ~ " then list_unit_price end), 0)",
        "sku_meter": "coalesce(sku_meter, x_sku_meter_name)",
        "charge_description": "coalesce(charge_description, x_sku_description)",
        "host_provider_name": "coalesce(host_provider_name, provider_name, 'Microsoft')",
        "service_provider_name": "coalesce(service_provider_name, publisher_name, provider_name)",
        "pricing_category": "case when "
        ~ is_purchase
        ~ " then 'Standard' else pricing_category end",
        "commitment_discount_id": "lower(commitment_discount_id)",
        "commitment_discount_status": "case when charge_category = 'Usage' then commitment_discount_status end",
        "resource_id": "lower(resource_id)",
        "tags": azure_tags("tags"),
        "billed_cost": "coalesce(billed_cost, 0)",
        "effective_cost": effective_cost,
        "contracted_cost": "coalesce(nullif(contracted_cost, 0), nullif(list_cost, 0), known_cost, 0)",
        "list_cost": "coalesce(nullif(list_cost, 0), nullif(contracted_cost, 0), known_cost, 0)",
        "list_unit_price": "nullif(list_unit_price, 0)",
        "contracted_unit_price": "nullif(contracted_unit_price, 0)",
        "x_charge_type": "charge_category",
        "x_amortized_upfront_cost": prepaid_cost_drawn(
            effective_cost,
            "coalesce(billed_cost, 0)",
            "commitment_discount_id is not null",
            is_purchase ~ " and coalesce(charge_frequency, '') = 'One-Time'",
        ),
    }
) %}
with
    landed as ({{ landed_rows("azure", ["focus"], wanted) }}),

    -- Nobody pays twice for what ran: a cost that Azure leaves at 0 is the cost that is known. What
    -- ran for nobody has none.
    costed as (
        select
            *,
            case
                when commitment_discount_status = 'Unused'
                then 0
                when coalesce(effective_cost, 0) != 0
                then effective_cost
                else billed_cost
            end as known_cost
        from landed
    )

select {{ ledger_row(expressions) }}
from costed
