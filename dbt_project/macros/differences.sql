{#
    Where a mart's measures are not the ledger's, by organization, bill, month and currency: no row
    when all of them agree to the last decimal. `bill` is whose month it is, `of_ledger` begins the
    ledger's names.
#}
{% macro differences_from_the_ledger(mart, measures, bill="connection_id", of_ledger="") -%}
    with
        mart_and_ledger as (
            select
                organization_id,
                {{ bill }},
                billing_period,
                billing_currency
                {%- for measure in measures %},
                {{ measure }}
                {%- endfor %}
            from {{ mart }}
            where {{ is_changed([bill, "billing_period"]) }}
            union all
            select
                organization_id,
                {{ bill }},
                billing_period,
                billing_currency
                {%- for measure in measures %},
                - {{ of_ledger }}{{ measure }}
                {%- endfor %}
            from {{ ref("int_charges_totalled") }}
            where {{ is_changed([bill, "billing_period"]) }}
        )

    select
        organization_id,
        {{ bill }},
        billing_period,
        billing_currency
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}_difference
        {%- endfor %}
    from mart_and_ledger
    group by all
    having
        {% for measure in measures -%}
        sum({{ measure }}) <> 0 {{ "or" if not loop.last }}
        {% endfor %}
{%- endmacro %}
