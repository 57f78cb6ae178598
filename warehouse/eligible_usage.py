"""Hourly usage that commitments could cover, and what the bills say of committed prices.

Read from `fct_commitment_usage_hourly`, cut to a scope, with an hour's place counted from the first
one known. The day that the bills are still filling is left out: half of it missing would look like
a fall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import duckdb

from warehouse.programs import program_of
from warehouse.scope import Scope
from warehouse.uses import Covered, Line

KNOWN_DAYS: Final = 90
COVERED_DAYS: Final = 30
ENDING_DAYS: Final = 30
"""What commitments cover that end so soon after the last day known will be on demand again."""
_LINE: Final = (
    "sub_account_id, service_code, region_id, instance_type, usage_type, operation, pricing_unit"
)
_BLOCK: Final = "coalesce(try_cast(regexp_extract(pricing_unit, '^([0-9]+) ', 1) as bigint), 1)"
"""Units that one price buys, e.g. 100 of `100 Hours`."""


@dataclass(frozen=True)
class EligibleUsage:
    """What one provider billed in one currency, up to the last whole day."""

    provider_name: str
    billing_currency: str
    known_until: datetime
    hours: int
    lines: Sequence[Line]
    columns: Mapping[str, Any]
    """Arrays `hour`, `line` and `cost`, one element per hour and line that is on demand now: what a
    commitment covered that has ended since, too."""
    ending: Mapping[str, Any]
    """The same of what own commitments still cover, but not for long."""
    covered: Sequence[Covered]
    held_terms: Mapping[str, frozenset[tuple[int, str]]]
    """Program -> terms in months and payment options of the commitments held."""
    is_daily: bool = False
    """The bill tells days only: their hours are taken as equal."""


def eligible_usage(lake: duckdb.DuckDBPyConnection, scope: Scope) -> list[EligibleUsage]:
    """Return the usage of each provider and currency."""
    usage = scope.relation("fct_commitment_usage_hourly")
    held = scope.relation("dim_commitments")
    lake.execute(
        f"""
        create or replace temp table usage as
        with
            usage as (select * from {usage.sql}),
            ends as (
                select commitment_id, billing_currency, max(ended_at) as ended_at
                from {held.sql}
                group by all
            ),
            spans as (
                select
                    provider_name,
                    billing_currency,
                    date_trunc('day', max(hour_at + to_hours(hour_count))) as known_until,
                    greatest(
                        date_trunc('day', min(hour_at)), known_until - to_days({KNOWN_DAYS})
                    ) as known_from
                from usage
                group by all
            )
        select
            usage.*,
            known_from,
            known_until,
            case
                when not is_covered or ended_at <= known_until then 'on demand'
                when ended_at <= known_until + to_days({ENDING_DAYS}) then 'ending'
                else 'covered'
            end as standing
        from usage
        inner join spans using (provider_name, billing_currency)
        left join ends using (commitment_id, billing_currency)
        where hour_at >= known_from and hour_at < known_until
        """,
        {**usage.values, **held.values},
    )
    found = lake.execute(
        "select provider_name, billing_currency, known_until,"
        " date_diff('hour', known_from, known_until), median(hour_count) > 1"
        " from usage group by all order by all"
    ).fetchall()
    return [_of(lake, scope, *row) for row in found]


def _of(
    lake: duckdb.DuckDBPyConnection,
    scope: Scope,
    provider: str,
    currency: str,
    known_until: datetime,
    hours: int,
    is_daily: bool,
) -> EligibleUsage:
    one = {"provider": provider, "currency": currency}
    return EligibleUsage(
        provider, currency, known_until, hours, _lines(lake, one),
        _hours(lake, one, "on demand"), _hours(lake, one, "ending"),
        _covered(lake, one), _held(lake, scope, provider), is_daily,
    )  # fmt: skip


def _lines(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> list[Line]:
    """Number the lines in a table of their own, and return them in that order."""
    lake.execute(
        f"""
        create or replace temp table lines as
        select
            row_number() over () - 1 as line,
            {_LINE},
            string_split(
                coalesce(string_agg(distinct eligible_programs, ', '), ''), ', '
            ) as programs,
            sum(ode_cost)::double
            / nullif(sum(pricing_quantity * {_BLOCK})::double, 0) as unit_price,
            min(sku_id) as sku_id,
            min(sku_price_id) as sku_price_id
        from usage
        where
            standing <> 'covered'
            and provider_name = $provider
            and billing_currency = $currency
        group by {_LINE}
        """,
        one,
    )
    found = lake.execute(
        f"select programs, unit_price, {_LINE}, sku_id, sku_price_id from lines order by line"
    )
    return [
        Line(frozenset(programs), None if price is None else Decimal(str(price)), *words)
        for programs, price, *words in found.fetchall()
    ]


def _hours(
    lake: duckdb.DuckDBPyConnection, one: Mapping[str, str], standing: str
) -> Mapping[str, Any]:
    """Return the hours of the numbered lines; a day without hours is spread over them."""
    same = (f"usage.{name} is not distinct from lines.{name}" for name in _LINE.split(", "))
    return lake.execute(
        f"""
        select
            date_diff('hour', known_from, hour_at) + unnest(range(hour_count)) as hour,
            line,
            (ode_cost / hour_count)::double as cost
        from usage
        inner join lines on {" and ".join(same)}
        where
            standing = $standing
            and provider_name = $provider
            and billing_currency = $currency
        """,
        {**one, "standing": standing},
    ).fetchnumpy()


def _covered(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> list[Covered]:
    found = lake.execute(
        f"""
        select
            {program_of(one["provider"])} as program,
            service_code, region_id, instance_type, usage_type, operation,
            sum(effective_cost) as effective_cost,
            sum(ode_cost) as ode_cost,
            coalesce(sum(ode_cost) filter (standing = 'covered'), 0) as lasting_ode_cost
        from usage
        where
            is_covered
            and provider_name = $provider
            and billing_currency = $currency
            and hour_at >= known_until - to_days({COVERED_DAYS})
        group by all
        """,
        one,
    ).fetchall()
    return [Covered(*row) for row in found]


def _held(
    lake: duckdb.DuckDBPyConnection, scope: Scope, provider: str
) -> dict[str, frozenset[tuple[int, str]]]:
    held = scope.relation("dim_commitments")
    found = lake.execute(
        f"""
        select {program_of(provider)} as program, list(distinct (term_months, payment_option))
        from {held.sql}
        where provider_name = $provider and term_months is not null
            and payment_option is not null and program is not null
        group by all
        """,
        {**held.values, "provider": provider},
    ).fetchall()
    return {program: frozenset(tuple(each) for each in terms) for program, terms in found}
