"""Hourly usage that commitments could cover, and what the bills say of committed prices.

Read from `fct_commitment_usage_hourly`, cut to a scope, with an hour's place counted from the first
one known. The day that the bills are still filling is left out: half of it missing would look like
a fall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self

import duckdb

from warehouse.scope import Scope

KNOWN_DAYS: Final = 90
COVERED_DAYS: Final = 30
PROGRAM_OF_TYPE: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS": {
        "COMPUTE_SP": "^compute ?savings",
        "EC2_INSTANCE_SP": "^ec2 ?instance ?savings",
        "DATABASE_SP": "^database ?savings",
        "SAGEMAKER_SP": "^sagemaker ?savings",
    },
    "Microsoft": {"COMPUTE_SAVINGS_PLAN": "^savings ?plan"},
    "Google Cloud": {"FLEXIBLE_CUD": "flexible"},
}
"""Provider -> program -> how its bills call the kind of commitment. A word that could mean two
kinds ("Savings Plan" alone, at AWS) is none of them."""
_LINE: Final = (
    "sub_account_id, service_code, region_id, instance_type, usage_type, operation, pricing_unit"
)
_BLOCK: Final = "coalesce(try_cast(regexp_extract(pricing_unit, '^([0-9]+) ', 1) as bigint), 1)"
"""Units that one price buys, e.g. 100 of `100 Hours`."""

Use = tuple[str | None, ...]


@dataclass(frozen=True)
class Place:
    """Where machines run and of which family they are: what some commitments are bound to."""

    region_id: str | None
    instance_family: str | None

    @classmethod
    def of(cls, region_id: str | None, instance_type: str | None) -> Self:
        """Return the place of a machine type, e.g. m5 of m5.large."""
        return cls(region_id, (instance_type or "").rpartition(".")[0] or None)


@dataclass(frozen=True)
class Line:
    """A way of using at one price, in one account."""

    programs: frozenset[str]
    """That may cover it, in the words of `commitment_eligibility`."""
    unit_price: Decimal | None
    """On-demand equivalent of one unit, also where the bill prices `100 Hours`; None where it has
    no quantity."""
    sub_account_id: str | None
    service_code: str | None
    region_id: str | None
    instance_type: str | None
    usage_type: str | None
    operation: str | None
    pricing_unit: str | None
    sku_id: str | None = None
    sku_price_id: str | None = None

    @property
    def use(self) -> Use:
        """The way of using, whoever used it."""
        return _use(self)

    @property
    def place(self) -> Place:
        """Where it runs."""
        return Place.of(self.region_id, self.instance_type)


@dataclass(frozen=True)
class Covered:
    """A way of using that commitments of one kind covered in the last days, in all accounts."""

    program: str | None
    """None for a kind that no program is called by, such as reservations."""
    service_code: str | None
    region_id: str | None
    instance_type: str | None
    usage_type: str | None
    operation: str | None
    effective_cost: Decimal
    ode_cost: Decimal

    @property
    def use(self) -> Use:
        """The way of using."""
        return _use(self)

    @property
    def ratio(self) -> float | None:
        """What it cost as a share of its on-demand cost."""
        is_priced = self.ode_cost > 0 and self.effective_cost > 0
        return float(self.effective_cost / self.ode_cost) if is_priced else None

    @property
    def place(self) -> Place:
        """Where it ran."""
        return Place.of(self.region_id, self.instance_type)


@dataclass(frozen=True)
class EligibleUsage:
    """What one provider billed in one currency, up to the last whole day."""

    provider_name: str
    billing_currency: str
    known_until: datetime
    hours: int
    lines: Sequence[Line]
    columns: Mapping[str, Any]
    """Arrays `hour`, `line` and `cost`, one element per hour and line."""
    covered: Sequence[Covered]
    held_terms: Mapping[str, frozenset[tuple[int, str]]]
    """Program -> terms in months and payment options of the commitments held."""
    is_daily: bool = False
    """The bill tells days only: their hours are taken as equal."""


def eligible_usage(lake: duckdb.DuckDBPyConnection, scope: Scope) -> list[EligibleUsage]:
    """Return the usage of each provider and currency."""
    usage = scope.relation("fct_commitment_usage_hourly")
    lake.execute(
        f"""
        create or replace temp table usage as
        with
            usage as (select * from {usage.sql}),
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
        select usage.*, known_from, known_until
        from usage
        inner join spans using (provider_name, billing_currency)
        where hour_at >= known_from and hour_at < known_until
        """,
        dict(usage.values),
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
        provider, currency, known_until, hours, _lines(lake, one), _hours(lake, one),
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
            string_split(string_agg(distinct eligible_programs, ', '), ', ') as programs,
            sum(ode_cost)::double
            / nullif(sum(pricing_quantity * {_BLOCK})::double, 0) as unit_price,
            min(sku_id) as sku_id,
            min(sku_price_id) as sku_price_id
        from usage
        where not is_covered and provider_name = $provider and billing_currency = $currency
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


def _hours(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> Mapping[str, Any]:
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
        where not is_covered and provider_name = $provider and billing_currency = $currency
        """,
        one,
    ).fetchnumpy()


def _covered(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> list[Covered]:
    found = lake.execute(
        f"""
        select
            {program_of(one["provider"])} as program,
            service_code, region_id, instance_type, usage_type, operation,
            sum(effective_cost) as effective_cost,
            sum(ode_cost) as ode_cost
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


def program_of(provider: str) -> str:
    """Return SQL that names the program of a kind of commitment, null where none is meant."""
    patterns = PROGRAM_OF_TYPE.get(provider, {})
    cases = " ".join(
        f"when regexp_matches(lower(commitment_type), '{pattern}') then '{program}'"
        for program, pattern in patterns.items()
    )
    return f"case {cases} end" if cases else "null"


def _use(each: Line | Covered) -> Use:
    return (
        each.service_code, each.region_id, each.instance_type, each.usage_type, each.operation,
    )  # fmt: skip
