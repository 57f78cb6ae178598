"""What every command shares: tables or JSON, and one way to say that something was refused."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from pipelines.cli import disk
from pipelines.cli.identity import signed_registry
from pipelines.providers.contract import BillError
from warehouse.backups.shelf import BackupError
from warehouse.lake import LakeError
from warehouse.registry.errors import RegistryError
from warehouse.registry.history import Event
from warehouse.registry.store import Registry
from warehouse.retention.policy import RetentionError
from warehouse.serving.postgres.server import PostgresError

UNCUT = 400
"""Columns of a table that goes into a file or a pipe: nothing is cut or folded there."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
InCompany = Annotated[
    str | None,
    typer.Option("--company", help="Id or name. May be left out when there is only one."),
]
Reason = Annotated[str, typer.Option(help="Why; kept in the history.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


class Refusing(TyperGroup):
    """A group whose commands say a refusal in red on stderr and end with exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Only errors made for people are caught: others keep their trace."""
        try:
            return super().invoke(ctx)
        except (
            *(RegistryError, BillError, RetentionError),
            *(LakeError, PostgresError, BackupError),
        ) as error:
            # The registry, too, says what its disk told it.
            refuse(disk.in_words(error) or str(error))
        except disk.FAILURES as error:
            said = disk.in_words(error)
            if said is None:
                raise
            refuse(said)


def refuse(message: str) -> NoReturn:
    """Print a refusal in red on stderr and end with exit code 1."""
    Console(stderr=True).print(Text(message, style="red"), soft_wrap=True)
    raise typer.Exit(1)


def open_settings_registry() -> Registry:
    """Open the registry that the settings name, as whoever gives the command."""
    return signed_registry()


def show(row: Mapping[str, object], *, as_json: bool) -> None:
    """Print one thing: its fields below each other, or one JSON object."""
    if as_json:
        _print_json(row)
        return
    table = Table(show_header=False, box=None)
    for name, value in row.items():
        table.add_row(Text(name, style="bold"), _cell(value))
    _print(table)


def show_all(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str], *, as_json: bool
) -> None:
    """Print many things: a table of these columns, or a JSON list with every field."""
    if as_json:
        _print_json(list(rows))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    _print(table)


def show_history(events: Sequence[Event], *, as_json: bool) -> None:
    """Print changes, newest first."""
    columns = ("occurred_at", "actor", "event_type", "organization_id", "before", "after", "reason")
    show_all([asdict(event) for event in events], columns, as_json=as_json)


def confirm(question: str, *, yes: bool) -> None:
    """Ask on stderr, so that stdout stays clean for `--json`; end when the answer is no."""
    if not yes:
        typer.confirm(question, abort=True, err=True)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{value!r} has no form in JSON")


def _cell(value: object) -> Text:
    """Names come from people: nothing in them is markup."""
    if isinstance(value, datetime):
        return Text(f"{value:%Y-%m-%d %H:%M} UTC")
    if isinstance(value, Mapping):
        return Text(", ".join(f"{key}={each}" for key, each in value.items()))
    return Text("" if value is None else str(value))


def _print(table: Table) -> None:
    console = Console()
    for column in table.columns:
        column.overflow = "fold"
    if console.is_terminal:
        console.print(table)
    else:
        Console(width=UNCUT).print(table)
