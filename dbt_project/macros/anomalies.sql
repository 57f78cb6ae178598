{# The columns whose days are compared, and one name for them: some may be null. #}
{% macro series_columns() -%}
    organization_id, company_id, connection_id, sub_account_id, provider_name, service_name,
    billing_currency
{%- endmacro %}

{% macro series_id() -%}
    md5(
        concat_ws(
            chr(31), organization_id, company_id, connection_id, coalesce(sub_account_id, ''),
            provider_name, service_name, billing_currency
        )
    )
{%- endmacro %}

{# The least change of a day's cost that anybody is told of, in its billing currency. #}
{% macro notable_cost() -%}
    case billing_currency
        {%- for code, cost in var("notable_costs").items() if code != "other" %}
        when '{{ code }}' then {{ cost }}
        {%- endfor %}
        else {{ var("notable_costs").other }}
    end
{%- endmacro %}

{# Whether a day is one of the same weekdays in the eight weeks before another. #}
{% macro is_weekday_before(earlier, day) -%}
    ({{ day }} - {{ earlier }}) % 7 = 0 and {{ earlier }} >= {{ day }} - 56
{%- endmacro %}

{# Whether it is the same day of the month before, counted from the month's start or its end. #}
{% macro is_month_mate(earlier, day) -%}
    {{ earlier }} = cast({{ day }} - interval 1 month as date)
    or (
        last_day({{ earlier }}) = last_day({{ day }} - interval 1 month)
        and last_day({{ earlier }}) - {{ earlier }} = last_day({{ day }}) - {{ day }}
    )
{%- endmacro %}

{# A sum of what meets a condition; 0 where nothing does. #}
{% macro sum_where(column, condition) -%}
    coalesce(sum({{ column }}) filter (where {{ condition }}), 0)
{%- endmacro %}

{# What a unit cost before, or costs now where there was none; of columns named by their age. #}
{% macro price_of(cost, quantity) -%}
    coalesce(
        {%- for age in ["old", "new"] %}
        cast(({{ age }}_{{ cost | replace("{age}", age) }}) as double)
        / nullif({{ age }}_{{ quantity | replace("{age}", age) }}, 0){{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# An effect in words, such as `price +30.00`; null for nothing. #}
{% macro told_effect(name, cost) -%}
    case
        when abs({{ cost }}) >= 0.005
        then printf('{{ name }} %+.2f', cast({{ cost }} as double))
    end
{%- endmacro %}
