"""`finhouse costs`: what organizations spent, in the terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from pipelines.cli.output import AsJson, InCompany, refuse, show
from pipelines.cli.reading import (
    PublishedLake,
    plain_refusals,
    print_table,
    printable,
    published_lake,
)
from warehouse.cost_summary import KEYS, MONTH, ORGANIZATION, Line, months, summarize
from warehouse.extracts.money import exact, shown
from warehouse.extracts.report import ExtractError
from warehouse.registry.scopes import scope_of
from warehouse.scope import Scope

TABLE_LIMIT: Final = 40
DEFAULT_BY: Final = f"{ORGANIZATION},provider,service,{MONTH}"
AMOUNTS: Final = ("Effective", "Billed", "Month before", "Change")
SHOWN: Final = {
    "billing_period": "Month",
    "company_name": "Company",
    "organization_name": "Organization",
    "sub_account_id": "Account",
    "service_name": "Service",
    "service_category": "Category",
    "charge_category": "Charge",
    "provider_name": "Provider",
}
"""Column of a line -> how the table calls it. Ids stay in the JSON."""


def costs(
    company: InCompany = None,
    organization: Annotated[
        str | None, typer.Option(help="Id or exact name, or `unassigned`.")
    ] = None,
    period: Annotated[
        list[str] | None, typer.Option(help="Month, YYYY-MM. May be repeated. Default: all.")
    ] = None,
    by: Annotated[str, typer.Option(help=f"Any of: {', '.join(KEYS)}.")] = DEFAULT_BY,
    limit: Annotated[
        int | None,
        typer.Option(help=f"Most lines to show; 0 for all. Default: {TABLE_LIMIT}, in JSON all."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what organizations spent: effective and billed cost beside the month before.

    Newest month first, in each the dearest first, what nobody registered last. Totals count
    every line, also those left out.

    Example: finhouse costs --organization Payments --period 2026-09 --by service,month
    """
    words = _words(by)
    with plain_refusals(), published_lake() as lake:
        scope = scope_of(lake.house.registry, "costs", organization, company)
        periods = _known(lake, scope, period or [])
        lines = list(summarize(lake.connection, scope, words, periods))
        totals = list(summarize(lake.connection, scope, [MONTH], periods))
        groups = (
            list(summarize(lake.connection, scope, [MONTH, ORGANIZATION], periods))
            if ORGANIZATION in words
            else []
        )
    most = (0 if as_json else TABLE_LIMIT) if limit is None else limit
    kept = lines[:most] if most else lines
    if as_json:
        _tell_json(lake, kept, totals, len(lines))
    else:
        _tell(kept, [*groups, *totals], len(lines))


def _words(by: str) -> list[str]:
    words = [word.strip() for word in by.split(",") if word.strip()]
    unknown = [word for word in words if word not in KEYS]
    if unknown or not words:
        refuse(f"--by takes some of {', '.join(KEYS)}, with commas between; not {by!r}.")
    return words


def _known(lake: PublishedLake, scope: Scope, periods: list[str]) -> list[str]:
    """Return the months asked for; refuse one that has no costs rather than show nothing."""
    known = months(lake.connection, scope)
    unknown = [period for period in periods if period not in known]
    if unknown or not known:
        when = f" in {', '.join(unknown)}" if unknown else ""
        raise ExtractError(
            f"There are no costs{when}.",
            f"Months there are: {', '.join(known)}."
            if known
            else "See `finhouse status` for what is loaded.",
        )
    return periods


def _tell_json(
    lake: PublishedLake, lines: Sequence[Line], totals: Sequence[Line], line_count: int
) -> None:
    told = {
        "snapshot_id": lake.snapshot_id,
        "published_at": lake.published_at,
        "line_count": line_count,
        "costs": [_plain(line) for line in lines],
        "totals": [_plain(line) for line in totals],
    }
    show(told, as_json=True)


def _plain(line: Line) -> dict[str, object]:
    values = {name: value for name, value in asdict(line).items() if name != "keys"}
    return {
        **line.keys,
        **{n: exact(v) if isinstance(v, Decimal) else v for n, v in values.items()},
    }


def _tell(lines: Sequence[Line], totals: Sequence[Line], line_count: int) -> None:
    companies = {line.keys.get("company_id") for line in (*lines, *totals)} - {None}
    hidden = set() if len(companies) > 1 else {"company_name"}
    print_table(_table("Costs", lines, hidden))
    if len(lines) < line_count:
        typer.echo(
            f"{len(lines)} of {line_count:,} lines. All: --limit 0. One month: --period YYYY-MM.\n"
        )
    print_table(_table("Totals", totals, hidden))


def _table(title: str, lines: Sequence[Line], hidden: Iterable[str]) -> Table:
    found = {name for line in lines for name in line.keys}
    columns = [name for name in SHOWN if name in found and name not in hidden]
    table = Table(*(SHOWN[name] for name in columns), "Currency", title=title)
    for name in AMOUNTS:
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        words = [line.keys.get(name, "All") for name in columns]
        table.add_row(
            *(Text(printable(word or "")) for word in words),
            line.billing_currency,
            *_amounts(line),
            style="bold yellow" if line.is_unassigned else None,
        )
    return table


def _amounts(line: Line) -> list[str]:
    amounts = (
        line.effective_cost,
        line.billed_cost,
        line.previous_month_effective_cost,
        line.effective_cost_change,
    )
    *values, change = (
        "" if amount is None else shown(amount, line.billing_currency) for amount in amounts
    )
    is_dearer = (line.effective_cost_change or 0) > 0
    return [*values, f"+{change}" if is_dearer else change]
