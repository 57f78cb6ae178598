{# The day of an instant (UTC, without a zone) where the policy counts days. #}
{% macro policy_date(instant) -%}
    cast(timezone('{{ var("policy_time_zone") }}', timezone('UTC', {{ instant }})) as date)
{%- endmacro %}

{# The day the states are told for: today where the policy counts days, or the var `as_of_date`. #}
{% macro policy_as_of_date() -%}
    {%- set zone = modules.pytz.timezone(var("policy_time_zone")) -%}
    cast('{{ var("as_of_date") or run_started_at.astimezone(zone).strftime("%Y-%m-%d") }}' as date)
{%- endmacro %}
