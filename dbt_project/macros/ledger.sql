{# What the house says of a row, whatever its bill's columns. #}
{% macro house_columns() %}
    {{ return(['connection_id', 'company_id', 'provider', 'billing_period', 'delivery_id', 'charge_id']) }}
{% endmacro %}

{# The FOCUS contract between staging and the ledger: column -> type, in the ledger's order. #}
{% macro ledger_columns() %}
    {% set columns = {} %}
    {% for column in house_columns() %}{% do columns.update({column: 'varchar'}) %}{% endfor %}
    {% for column in [
        'billing_period_start', 'billing_period_end', 'charge_period_start', 'charge_period_end',
    ] %}{% do columns.update({column: 'timestamp'}) %}{% endfor %}
    {% for column in [
        'billing_account_id', 'billing_account_name', 'billing_account_type', 'sub_account_id',
        'sub_account_name', 'sub_account_type', 'invoice_id', 'invoice_issuer_name',
        'billing_currency', 'pricing_currency', 'provider_name', 'publisher_name',
        'host_provider_name', 'service_provider_name', 'charge_category', 'charge_class',
        'charge_frequency', 'charge_description', 'pricing_category', 'service_category',
        'service_subcategory', 'service_name', 'region_id', 'region_name', 'availability_zone',
        'resource_id', 'resource_name', 'resource_type', 'sku_id', 'sku_meter', 'sku_price_id',
        'sku_price_details', 'commitment_discount_category', 'commitment_discount_id',
        'commitment_discount_name', 'commitment_discount_status', 'commitment_discount_type',
        'commitment_discount_unit', 'capacity_reservation_id', 'capacity_reservation_status',
        'consumed_unit', 'pricing_unit', 'x_charge_type', 'x_service_code', 'x_operation',
        'x_usage_type', 'x_instance_type', 'x_operating_system', 'x_commitment_owner_account_id',
    ] %}{% do columns.update({column: 'varchar'}) %}{% endfor %}
    {% do columns.update({'tags': 'map(varchar, varchar)'}) %}
    {% for column in [
        'billed_cost', 'effective_cost', 'contracted_cost', 'list_cost', 'consumed_quantity',
        'pricing_quantity', 'commitment_discount_quantity', 'list_unit_price',
        'contracted_unit_price', 'pricing_currency_effective_cost',
        'pricing_currency_list_unit_price', 'pricing_currency_contracted_unit_price',
        'x_amortized_upfront_cost',
    ] %}{% do columns.update({column: 'decimal(38, 12)'}) %}{% endfor %}
    {{ return(columns) }}
{% endmacro %}

{# A ledger row: the given expressions under their columns, in order; typed null for the rest. #}
{% macro ledger_row(expressions) %}
    {%- set columns = ledger_columns() %}
    {%- for column in expressions if column not in columns %}
        {% do exceptions.raise_compiler_error(column ~ ' is no column of the ledger') %}
    {%- endfor %}
    {%- for column, type in columns.items() %}
    cast({{ expressions.get(column, 'null') }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{#
    What a row draws from a commitment's prepayment, so that amortized and billed costs meet: covered
    and unused use draws its effective cost, a recurring payment fills it up again (negative), and a
    one-time payment counts as upfront by itself. For providers that do not say how much of an
    effective cost was prepaid.
#}
{% macro prepaid_cost_drawn(effective, billed, is_commitment, is_upfront) -%}
    case
        when not coalesce({{ is_commitment }}, false) then 0
        when coalesce({{ is_upfront }}, false) then {{ effective }}
        else {{ effective }} - {{ billed }}
    end
{%- endmacro %}
