{#
    What usage would have cost on demand (ODE): at contracted prices. A provider that leaves these out
    of covered usage leaves 0 there, and the list price speaks.
#}
{% macro on_demand_equivalent(relation) -%}
    coalesce(nullif({{ relation }}.contracted_cost, 0), {{ relation }}.list_cost)
{%- endmacro %}

{# True for the same way of using, as the rules of eligibility tell them apart. Bills leave words out. #}
{% macro is_same_use(left, right) -%}
    {%- for column in [
        "provider_name", "service_code", "service_name", "charge_type", "usage_type", "operation",
        "pricing_unit",
    ] -%}
        {{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}
        {{- " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Which kind of commitment covers: `savings plan`, `committed use` (Google's) or `reservation`. #}
{% macro commitment_family(type) -%}
    case
        when {{ type }} ilike '%savings%plan%'
        then 'savings plan'
        when {{ type }} ilike '%cud%' or {{ type }} ilike '%committed use%'
        then 'committed use'
        else 'reservation'
    end
{%- endmacro %}

{#
    A ratio of two sums from 0 to 1; null where it is undefined. Bounded: the last decimal of a
    provider's own rounding must not make 100 % more than all.
#}
{% macro share_of(part, whole) -%}
    case
        when {{ whole }} > 0 and {{ part }} is not null
        then least(1, greatest(0, cast({{ part }} as double) / cast({{ whole }} as double)))
    end
{%- endmacro %}

{# A ratio of two sums that may be negative or above 1, as a savings rate; null where it is undefined. #}
{% macro ratio_of(part, whole) -%}
    case when {{ whole }} > 0 then cast({{ part }} as double) / cast({{ whole }} as double) end
{%- endmacro %}

{#
    What of a total has been given out once `weight_so_far` of `all_weight` had its turn. The differences
    of neighbours are the parts: they add up to the total to the last decimal.
#}
{% macro given_out(total, weight_so_far, all_weight) -%}
    case
        when {{ weight_so_far }} >= {{ all_weight }}
        then {{ total }}
        else
            cast(
                cast({{ total }} as double)
                * (cast({{ weight_so_far }} as double) / cast({{ all_weight }} as double))
                as decimal(38, 12)
            )
    end
{%- endmacro %}

{% macro part_of(total, weight, weight_so_far, all_weight) -%}
    {{ given_out(total, weight_so_far, all_weight) }}
    - {{ given_out(total, "(" ~ weight_so_far ~ " - " ~ weight ~ ")", all_weight) }}
{%- endmacro %}

{# The sums that every grain of commitment utilization has. #}
{% macro utilization_sums() -%}
    sum(committed_cost) as committed_cost,
    sum(used_cost) as used_cost,
    sum(unused_cost) as unused_cost,
    sum(used_ode_cost) as used_ode_cost,
    sum(used_list_cost) as used_list_cost,
    sum(gross_savings_cost) as gross_savings_cost,
    sum(net_savings_cost) as net_savings_cost,
    sum(committed_quantity) as committed_quantity,
    sum(used_quantity) as used_quantity,
    sum(unused_quantity) as unused_quantity
{%- endmacro %}

{#
    Utilization by cost, by quantity, and the one that counts: quantity for reservations of usage, cost
    for commitments to spend. Of sums under their own names.
#}
{% macro utilization_ratios() -%}
    {{ share_of("used_cost", "committed_cost") }} as cost_utilization_ratio,
    {{ share_of("used_quantity", "committed_quantity") }} as quantity_utilization_ratio,
    coalesce(
        case when commitment_category = 'Usage' then quantity_utilization_ratio end,
        cost_utilization_ratio
    ) as utilization_ratio
{%- endmacro %}

{# The hours of a bill's own clock: the lowest, highest and mean utilization; null where it tells days only. #}
{% macro hourly_utilization_extremes() -%}
    min(utilization_ratio) filter (hour_count = 1) as lowest_hourly_utilization_ratio,
    max(utilization_ratio) filter (hour_count = 1) as highest_hourly_utilization_ratio,
    avg(utilization_ratio) filter (hour_count = 1) as mean_hourly_utilization_ratio
{%- endmacro %}

{# What every grain of commitment utilization says of a commitment. #}
{% macro utilization_columns() -%}
    provider_name,
    commitment_category,
    commitment_type,
    commitment_unit,
    billing_currency,
    committed_cost,
    used_cost,
    unused_cost,
    used_ode_cost,
    used_list_cost,
    gross_savings_cost,
    net_savings_cost,
    committed_quantity,
    used_quantity,
    unused_quantity,
    {{ utilization_ratios() }}
{%- endmacro %}

{# The hours of the changed months, added up: per month, or per what `grain` adds to the key. #}
{% macro utilization_added_up(grain=none, grain_sql=none) -%}
    with
        added_up as (
            select
                organization_id,
                company_id,
                connection_id,
                billing_period,
                commitment_id,
                {% if grain %}{{ grain_sql }} as {{ grain }},{% endif %}
                provider_name,
                commitment_category,
                commitment_type,
                commitment_unit,
                billing_currency,
                {{ utilization_sums() }},
                {{ hourly_utilization_extremes() }},
                cast(sum(hour_count) as bigint) as hour_count,
                bool_and(is_final) as is_final
            from {{ ref("fct_commitment_utilization_hourly") }}
            where {{ is_changed(["connection_id", "billing_period"]) }}
            group by all
        )

    select
        organization_id,
        company_id,
        connection_id,
        billing_period,
        commitment_id,
        {% if grain %}{{ grain }},{% endif %}
        hour_count,
        {{ utilization_columns() }},
        lowest_hourly_utilization_ratio,
        highest_hourly_utilization_ratio,
        mean_hourly_utilization_ratio,
        is_final
    from added_up
{%- endmacro %}

{# The day up to which the inventory is told: the day of the run, unless the operator names one. #}
{% macro as_of_date() -%}
    cast('{{ var("as_of_date") or run_started_at.strftime("%Y-%m-%d") }}' as date)
{%- endmacro %}

{#
    Coverage by cost, hours and normalized units, and the commitment ratio: committed units per eligible
    unit, above 1 where more is committed than there is to cover. Of sums under their own names.
#}
{% macro coverage_ratios() -%}
    {{ share_of("covered_ode_cost", "(covered_ode_cost + on_demand_cost)") }} as cost_coverage_ratio,
    {{ share_of("coalesce(covered_hours, 0)", "(coalesce(covered_hours, 0) + coalesce(on_demand_hours, 0))") }}
    as hours_coverage_ratio,
    {{
        share_of(
            "coalesce(covered_normalized_units, 0)",
            "(coalesce(covered_normalized_units, 0) + coalesce(on_demand_normalized_units, 0))",
        )
    }} as normalized_units_coverage_ratio,
    {{
        ratio_of(
            "committed_normalized_units",
            "(coalesce(covered_normalized_units, 0) + coalesce(on_demand_normalized_units, 0))",
        )
    }} as commitment_ratio
{%- endmacro %}

{# The words of comma-separated lists, each once and in order; null when there is none. #}
{% macro united_words(words, condition="true") -%}
    nullif(
        array_to_string(
            list_sort(
                list_distinct(
                    flatten(list(string_split({{ words }}, ', ')) filter ({{ condition }} and {{ words }} is not null))
                )
            ),
            ', '
        ),
        ''
    )
{%- endmacro %}

{# The months of an ISO 8601 term, as P1Y or P36M. #}
{% macro months_of_term(term) -%}
    coalesce(
        12 * try_cast(regexp_extract({{ term }}, '^P(\d+)Y$', 1) as integer),
        try_cast(regexp_extract({{ term }}, '^P(\d+)M$', 1) as integer)
    )
{%- endmacro %}

{# How far away an end is. #}
{% macro expiry_bucket(days) -%}
    case
        when {{ days }} < 0
        then 'expired'
        {%- for first, last in [(0, 30), (31, 60), (61, 90), (91, 180), (181, 365)] %}
        when {{ days }} <= {{ last }}
        then '{{ first }}-{{ last }}'
        {%- endfor %}
        when {{ days }} > 365
        then '>365'
    end
{%- endmacro %}

{# What is measured of use: the last 28 days, or where a draw-down contract will end. #}
{% macro pace_of_use() -%}
    case
        when commitment_category = 'Drawdown'
        then projected_utilization_ratio
        else trailing_utilization_ratio
    end
{%- endmacro %}

{#
    How hard a commitment is to use up, by its ratios. The rules apply in this order; of unknown use
    nothing is said. A contract asks for all of it, by its last day.
#}
{% macro risk_class() -%}
    case
        when commitment_category = 'Drawdown'
        then
            case
                when projected_utilization_ratio < 0.5
                then 'CRITICAL'
                when projected_utilization_ratio < 0.8
                then 'HIGH'
                when projected_utilization_ratio < 1
                then 'MEDIUM'
                when projected_utilization_ratio is not null
                then 'LOW'
            end
        when trailing_utilization_ratio < 0.2 or projected_utilization_ratio < break_even_utilization_ratio
        then 'CRITICAL'
        when trailing_utilization_ratio < 0.5
        then 'HIGH'
        when trailing_utilization_ratio < 0.8 or low_utilization_ratio < break_even_utilization_ratio
        then 'MEDIUM'
        when trailing_utilization_ratio is not null
        then 'LOW'
    end
{%- endmacro %}

{# The rule that made the risk class, in words. #}
{% macro risk_reason() -%}
    case
        when risk_class is null
        then 'No use is known of the last 28 days.'
        when commitment_category = 'Drawdown'
        then
            format(
                'At this pace {:.0f} % of the contract will be drawn.', projected_utilization_ratio * 100
            )
        when trailing_utilization_ratio < 0.2
        then
            format(
                '{:.0f} % used in the last 28 days, below 20 %.', trailing_utilization_ratio * 100
            )
        when projected_utilization_ratio < break_even_utilization_ratio
        then
            format(
                'At this pace {:.0f} % of the term will be used, below the {:.0f} % where it pays.',
                projected_utilization_ratio * 100,
                break_even_utilization_ratio * 100
            )
        when risk_class = 'MEDIUM' and trailing_utilization_ratio >= 0.8
        then
            format(
                'On its worst days {:.0f} % is used, below the {:.0f} % where it pays.',
                low_utilization_ratio * 100,
                break_even_utilization_ratio * 100
            )
        else format('{:.0f} % used in the last 28 days.', trailing_utilization_ratio * 100)
    end
{%- endmacro %}

{#
    Why a commitment cannot be resold today, or null: only EC2 Standard reservations can be, paid up,
    after 30 days and with a month left. Whether the seller is registered no bill tells.
#}
{% macro resale_obstacle() -%}
    case
        when
            coalesce(commitment_family, '') <> 'reservation'
            or coalesce(provider_name, '') <> 'AWS'
            or coalesce(service_name, '') <> 'Amazon Elastic Compute Cloud'
        then 'Only EC2 reservations can be resold.'
        when coalesce(lower(offering_class), '') <> 'standard'
        then 'Only the Standard class can be resold.'
        when started_at is null or ended_at is null
        then 'No bill tells its term.'
        when as_of_date < cast(started_at as date) + 30
        then 'It must be 30 days old.'
        when ended_at < as_of_date + interval 1 month
        then 'A month of its term must be left.'
    end
{%- endmacro %}

{# The last instant at which AWS takes a Savings Plan back: 7 days, the same UTC month, 100 an hour. #}
{% macro returnable_until() -%}
    case
        when provider_name = 'AWS' and commitment_family = 'savings plan' and hourly_commitment_cost <= 100
        then
            least(
                started_at + interval 7 day,
                date_trunc('month', started_at) + interval 1 month - interval 1 second
            )
    end
{%- endmacro %}
