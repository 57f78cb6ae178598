"""`finhouse rates`: what months are converted at."""

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.output import (
    AsJson,
    InCompany,
    Reason,
    Refusing,
    open_settings_registry,
    show,
    show_all,
)
from warehouse.registry.rate_files import read_rates
from warehouse.registry.rates import Changes

app = typer.Typer(
    cls=Refusing,
    no_args_is_help=True,
    help="Exchange rates: what a company's months are converted at.",
)
COLUMNS = ("billing_period", "from_currency", "to_currency", "rate", "source", "imported_at")
USED = ("billing_period", "billing_currency", "reporting_currency", "exchange_rate", "basis")


@app.command("import")
def import_rates(
    file: Annotated[
        Path, typer.Argument(help="CSV: month,from,to,rate, or the ECB's reference rates.")
    ],
    period: Annotated[
        list[str] | None, typer.Option(help="Only this month, YYYY-MM. May be repeated.")
    ] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Change rates that months were converted at.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a file of exchange rates, all of it or nothing.

    The next refresh computes exactly the months again whose rate changed.

    Example: finhouse rates import eurofxref-hist.csv --period 2026-09 --dry-run
    """
    rates = read_rates(file, period or ())
    changes = open_settings_registry().rates.add(
        rates, company=company, replace=replace, dry_run=dry_run, reason=reason
    )
    show(_told(changes, dry_run=dry_run, as_json=as_json), as_json=as_json)


@app.command("list")
def list_rates(
    period: Annotated[str | None, typer.Option(help="Only this month, YYYY-MM.")] = None,
    currency: Annotated[str | None, typer.Option(help="Only from or to this currency.")] = None,
    company: InCompany = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the rates that were imported, newest month first.

    Example: finhouse rates list --currency USD
    """
    rates = open_settings_registry().rates.list(company, billing_period=period, currency=currency)
    rows = [asdict(rate) | {"rate": _digits(rate.rate)} for rate in rates]
    show_all(rows, COLUMNS, as_json=as_json)


@app.command("show")
def show_rates(
    period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="Month of the bills.")],
    company: InCompany = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show at which rate each currency of a month's bills is converted, and how it was found.

    Example: finhouse rates show 2026-09
    """
    rates = open_settings_registry().rates.used(period, company)
    rows = [asdict(rate) | {"exchange_rate": _digits(rate.exchange_rate)} for rate in rates]
    show_all(rows, USED, as_json=as_json)


def _digits(rate: Decimal | None) -> str | None:
    """Write a rate without an exponent."""
    return None if rate is None else f"{rate:f}"


def _told(changes: Changes, *, dry_run: bool, as_json: bool) -> dict[str, object]:
    replaced = [
        {**each.pair._asdict(), "rate": f"{each.rate:f}", "before": f"{before:f}"}
        for each, before in changes.replaced
    ]
    months = sorted({each.pair.billing_period for each in changes.added})
    again = [{"connection_id": one, "billing_period": month} for one, month in changes.recomputed]
    if as_json:
        return {
            "is_dry_run": dry_run,
            "added_count": len(changes.added),
            "added_months": months,
            "replaced": replaced,
            "unchanged_count": changes.unchanged_count,
            "recomputed": again,
        }
    span = f" ({months[0]} to {months[-1]})" if months else ""
    return {
        "Would add" if dry_run else "Added": f"{len(changes.added)} rates{span}",
        "Would replace" if dry_run else "Replaced": "; ".join(
            f"{each.pair}: {before:f} -> {each.rate:f}" for each, before in changes.replaced
        )
        or "nothing",
        "Unchanged": changes.unchanged_count,
        "Next refresh computes again": ", ".join(
            f"{one} {month}" for one, month in changes.recomputed
        )
        or "nothing",
    }
