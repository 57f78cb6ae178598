{#
    The company of a row and what its month is converted at. The rate is null where the table has
    none, never 1: only equal currencies are worth the same. A test refuses such a month.
#}
{% macro join_reporting_rate(relation) -%}
    left join
        {{ ref("stg_registry__companies") }} as companies
        on {{ relation }}.company_id = companies.company_id
    {{ join_rate(relation, relation ~ ".billing_period", "month_rates") }}
{%- endmacro %}

{# The rates of the month before. After join_reporting_rate. #}
{% macro join_previous_rate(relation) -%}
    {{ join_rate(relation, previous_month(relation ~ ".billing_period"), "previous_rates") }}
{%- endmacro %}

{# The rates of a month, under a name of their own. #}
{% macro join_rate(relation, month, alias) -%}
    left join
        {{ ref("stg_registry__exchange_rates") }} as {{ alias }}
        on {{ relation }}.company_id = {{ alias }}.company_id
        and {{ month }} = {{ alias }}.billing_period
        and {{ relation }}.billing_currency = {{ alias }}.from_currency
        and companies.reporting_currency = {{ alias }}.to_currency
{%- endmacro %}

{% macro reporting_rate(relation, alias="month_rates") -%}
    case
        when {{ relation }}.billing_currency = companies.reporting_currency
        then 1
        else {{ alias }}.rate
    end
{%- endmacro %}

{#
    A cost in the reporting currency, rounded once to the decimals of every cost. Nothing is nothing
    in any currency: what disappeared or is new may lie beside a month without a rate.
#}
{% macro converted(cost, rate) -%}
    case
        when {{ cost }} = 0 and companies.reporting_currency is not null
        then 0
        else cast({{ cost }} * {{ rate }} as decimal(38, 12))
    end
{%- endmacro %}

{# One name per account: two providers may spell an account alike, which must not double its costs. #}
{% macro named_accounts() -%}
    (
        select organization_id, company_id, account_id as account, max(account_name) as account_name
        from {{ ref("dim_accounts") }}
        group by all
    )
{%- endmacro %}

{# The costs of fct_monthly_costs, added up: a change against an unknown month stays unknown. #}
{% macro summed_months() -%}
    sum(billed_cost) as billed,
    sum(effective_cost) as effective,
    sum(contracted_cost) as contracted,
    sum(list_cost) as list,
    case
        when count(previous_month_effective_cost) = count(*) then sum(previous_month_effective_cost)
    end as previous_month_effective,
    case
        when count(previous_month_effective_cost) = count(*) then sum(effective_cost_change)
    end as change,
    sum(organization_share_ratio) as share,
    max(exchange_rate) as exchange_rate,
    sum(billed_reporting_cost) as reporting_billed,
    sum(effective_reporting_cost) as reporting_effective
{%- endmacro %}
