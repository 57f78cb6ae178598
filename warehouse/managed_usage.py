"""A month of usage and of the plans that cover it, as the fee's two bills are computed of them.

Usage that reservations cover is in neither bill: they come first with or without plans. What plans
of another organization cover is left out too, hour by hour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from warehouse.programs import PROGRAM_OF_TYPE, program_of
from warehouse.scope import Scope
from warehouse.uses import Place

_LINE: Final = (
    "sub_account_id, service_code, region_id, instance_type, usage_type, operation, pricing_unit"
)


@dataclass(frozen=True)
class UsedLine:
    """A way of using in one account, and what plans ask for it as a share of its on-demand cost."""

    account_id: str
    place: Place
    ratios: Mapping[str, float]
    """Program -> observed ratio; of what is eligible and never was covered, the lowest of all."""


@dataclass(frozen=True)
class HeldPlan:
    """A plan in force in the month."""

    commitment_id: str
    account_id: str
    program: str
    place: Place
    hours: Mapping[str, Any]
    """Arrays `hour` and `cost`: what it commits to."""
    is_final: bool


@dataclass(frozen=True)
class UsedMonth:
    """One provider and currency."""

    provider_name: str
    billing_currency: str
    hours: int
    lines: Sequence[UsedLine]
    columns: Mapping[str, Any]
    """Arrays `hour`, `line` and `cost`: on-demand equivalents."""
    plans: Sequence[HeldPlan]


def used_months(
    lake: duckdb.DuckDBPyConnection, scope: Scope, billing_period: str
) -> Iterator[UsedMonth]:
    """Yield the month of each provider and currency in which plans are held."""
    cases = " ".join(
        f"when provider_name = '{name}' then {program_of(name)}" for name in PROGRAM_OF_TYPE
    )
    usage = scope.relation("fct_commitment_usage_hourly")
    used = scope.relation("fct_commitment_utilization_hourly")
    held = scope.relation("dim_commitments")
    lake.execute(
        f"""
        create or replace temp table month_usage as
        select
            *, case {cases} end as program,
            date_diff('hour', cast($period || '-01' as timestamp), hour_at) as hour
        from {usage.sql}
        where billing_period = $period and (not is_covered or program is not null)
        """,
        {**usage.values, "period": billing_period},
    )
    lake.execute(
        f"""
        create or replace temp table month_plans as
        select
            used.commitment_id, used.provider_name, used.billing_currency, used.hour_count,
            used.committed_cost, used.used_cost, used.is_final, held.owner_account_id,
            held.region_id, held.instance_family, held.program,
            date_diff('hour', cast($period || '-01' as timestamp), used.hour_at) as hour
        from {used.sql} as used
        inner join (select *, case {cases} end as program from {held.sql}) as held
            using (organization_id, company_id, commitment_id, billing_currency)
        where used.billing_period = $period and held.program is not null
        """,
        {**used.values, **held.values, "period": billing_period},
    )
    pairs = lake.execute(
        "select distinct provider_name, billing_currency from month_plans order by all"
    ).fetchall()
    for provider, currency in pairs:
        yield _month(lake, {"provider": provider, "currency": currency})


def _month(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> UsedMonth:
    lines = _lines(lake, one)
    [(hours,)] = lake.execute(
        """
        select coalesce(max(hour + hour_count), 0) from (
            select provider_name, billing_currency, hour, hour_count from month_usage
            union all
            select provider_name, billing_currency, hour, hour_count from month_plans
        ) where provider_name = $provider and billing_currency = $currency
        """,
        one,
    ).fetchall()
    return UsedMonth(
        one["provider"], one["currency"], hours, lines, _hours(lake, one), _plans(lake, one)
    )


def _lines(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> list[UsedLine]:
    """Number the lines in a table of their own, with the ratios of each."""
    lake.execute(
        f"""
        create or replace temp table month_lines as
        select
            row_number() over () - 1 as line, {_LINE},
            list_distinct(flatten(list(string_split(eligible_programs, ', ')))) as programs
        from month_usage
        where provider_name = $provider and billing_currency = $currency
        group by {_LINE}
        """,
        one,
    )
    observed = {
        (line, program): ratio
        for line, program, ratio in lake.execute(
            f"""
            select line, program, sum(effective_cost)::double / nullif(sum(ode_cost)::double, 0)
            from month_usage
            inner join month_lines on {_same("month_usage", "month_lines")}
            where is_covered and provider_name = $provider and billing_currency = $currency
            group by all
            having sum(effective_cost) > 0 and sum(ode_cost) > 0
            """,
            one,
        ).fetchall()
    }
    lowest: dict[str, float] = {}
    for (_, program), ratio in observed.items():
        lowest[program] = min(ratio, lowest.get(program, ratio))
    rows = lake.execute(
        "select line, sub_account_id, region_id, instance_type, coalesce(programs, [])"
        " from month_lines order by line"
    ).fetchall()
    return [
        UsedLine(
            account or "",
            Place.of(region, machine),
            {
                program: observed.get((line, program), lowest[program])
                for program in lowest
                if program in programs or (line, program) in observed
            },
        )
        for line, account, region, machine, programs in rows
    ]


def _hours(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the hours; of covered usage the part that the organization's own plans cover."""
    return lake.execute(
        f"""
        with
            covered as (
                select program, hour, sum(effective_cost) as cost
                from month_usage
                where is_covered and provider_name = $provider and billing_currency = $currency
                group by all
            ),
            own as (
                select program, hour, sum(used_cost) as cost
                from month_plans
                where provider_name = $provider and billing_currency = $currency
                group by all
            ),
            shares as (
                select
                    program, hour,
                    least(1, coalesce(own.cost, 0) / nullif(covered.cost, 0)) as own_share
                from covered
                left join own using (program, hour)
            )
        select
            month_usage.hour + unnest(range(month_usage.hour_count)) as hour,
            line,
            (
                ode_cost * if(is_covered, coalesce(own_share, 0), 1) / month_usage.hour_count
            )::double as cost
        from month_usage
        inner join month_lines on {_same("month_usage", "month_lines")}
        left join shares
            on month_usage.program = shares.program and month_usage.hour = shares.hour
        where provider_name = $provider and billing_currency = $currency
        """,
        one,
    ).fetchnumpy()


def _plans(lake: duckdb.DuckDBPyConnection, one: Mapping[str, str]) -> list[HeldPlan]:
    which = "provider_name = $provider and billing_currency = $currency"
    held = lake.execute(
        "select commitment_id, any_value(owner_account_id), any_value(program),"
        " any_value(region_id), any_value(instance_family), bool_and(is_final)"
        f" from month_plans where {which} group by all order by all",
        one,
    ).fetchall()
    return [
        HeldPlan(
            commitment_id,
            account or "",
            program,
            Place(region, family),
            lake.execute(
                "select hour + unnest(range(hour_count)) as hour,"
                " (committed_cost / hour_count)::double as cost"
                f" from month_plans where {which} and commitment_id = $commitment",
                {**one, "commitment": commitment_id},
            ).fetchnumpy(),
            is_final,
        )
        for commitment_id, account, program, region, family, is_final in held
    ]


def _same(left: str, right: str) -> str:
    names = _LINE.split(", ")
    return " and ".join(f"{left}.{name} is not distinct from {right}.{name}" for name in names)
