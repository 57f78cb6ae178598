"""`finhouse sql`: ask the published marts, read-only."""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from itertools import count, islice
from math import isfinite
from typing import Annotated, Any, Final

import duckdb
import typer
from rich.table import Table
from rich.text import Text

from pipelines.cli.doors import Ask, opened
from pipelines.cli.output import AsJson, refuse, show_all
from pipelines.cli.reading import (
    plain_refusals,
    print_table,
    printable,
)
from warehouse.extracts.csv_file import write_rows
from warehouse.extracts.money import exact
from warehouse.serving.questions import Answer

TABLE_LIMIT: Final = 200
PROMPT: Final = ("finhouse> ", "     ...> ")
GOODBYE: Final = ("exit", "quit", ".exit", ".quit")


@dataclass(frozen=True)
class Session:
    """One reader's questions, and how answers are printed."""

    ask: Ask
    limit: int
    """Most rows of an answer; 0 for all."""
    as_json: bool
    as_csv: bool

    def run(self, text: str) -> None:
        """Answer every statement of a text. Raises duckdb.Error when one cannot be."""
        for answer in self.ask(text, self.limit or None):
            self._print(answer)

    def _print(self, answer: Answer) -> None:
        names = _distinct(answer.names)
        if self.as_csv:
            write_rows(sys.stdout, names, islice(answer.rows, self.limit or None))
        else:
            self._show(names, list(islice(answer.rows, self.limit or None)))
        if next(answer.rows, None) is not None:
            typer.echo(f"Only the first {self.limit:,} rows. All: --limit 0.", err=True)

    def _show(self, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        if self.as_json:
            records = [
                {name: _json_value(value) for name, value in zip(names, row, strict=True)}
                for row in rows
            ]
            show_all(records, names, as_json=True)
            return
        table = Table()
        for number, name in enumerate(names):
            is_number = any(_is_number(row[number]) for row in rows)
            table.add_column(Text(printable(name)), justify="right" if is_number else "left")
        for row in rows:
            table.add_row(*(Text(_shown(value)) for value in row))
        print_table(table)


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One or more statements. Default: from stdin.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            help=f"Most rows of an answer; 0 for all. Default: {TABLE_LIMIT}, in JSON and CSV all."
        ),
    ] = None,
    organization: Annotated[
        str | None,
        typer.Option(help="Ask this organization's published file, by id, name or `unassigned`."),
    ] = None,
    company: Annotated[
        str | None,
        typer.Option(help="Whose organization it is; alone: ask the company's file, as its owner."),
    ] = None,
    *,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """Ask the published marts in SQL (DuckDB). Nothing can be changed.

    Without a query it reads from stdin: a prompt in a terminal, `exit` leaves it. A reader's
    question runs in a process of its own, which sees his rows and nothing else.

    Example: finhouse sql "select * from fct_monthly_costs where billing_period = '2026-09'"
    """
    if as_json and as_csv:
        refuse("--json and --csv exclude each other.")
    if isinstance(sys.stdin, io.TextIOWrapper):
        # As the system hands over arguments: what is not UTF-8 is refused in words.
        sys.stdin.reconfigure(errors="surrogateescape")
    default = 0 if as_json or as_csv else TABLE_LIMIT
    with plain_refusals(), opened(organization, company) as door:
        session = Session(door.ask, default if limit is None else limit, as_json, as_csv)
        if query is None and sys.stdin.isatty():
            typer.echo(
                f"Published {door.published_at:%Y-%m-%d %H:%M} UTC. `show tables;` lists the"
                " marts, a statement ends with `;`, `exit` leaves."
            )
            _converse(session)
            return
        try:
            session.run(sys.stdin.read() if query is None else query)
        except duckdb.Error as error:
            refuse(printable(_explained(error)))


def _converse(session: Session) -> None:
    """Read statements until `exit` or Ctrl-D. Ctrl-C drops the statement at hand."""
    # Gives the prompt a history and the arrow keys.
    import readline  # noqa: F401, PLC0415

    text = ""
    while True:
        try:
            line = input(PROMPT[1 if text else 0])
            if not text and line.strip().rstrip(";").lower() in GOODBYE:
                return
            text = f"{text}\n{line}".strip()
            if text.endswith(";"):
                asked, text = text, ""
                session.run(asked)
        except EOFError:
            typer.echo()
            return
        except (KeyboardInterrupt, duckdb.InterruptException):
            text = ""
            typer.echo()
        except duckdb.Error as error:
            typer.secho(printable(_explained(error)), fg="red", err=True)


def _distinct(names: Sequence[str]) -> list[str]:
    """Number equal column names: a JSON object would keep only the last of them."""
    taken: dict[str, None] = {}
    for name in names:
        numbered = (f"{name}_{number}" if number else name for number in count())
        taken[next(each for each in numbered if each not in taken)] = None
    return list(taken)


def _explained(error: duckdb.Error) -> str:
    hint = ""
    if isinstance(error, duckdb.CatalogException):
        hint = "\n`show tables` lists the marts."
    elif isinstance(error, duckdb.BinderException):
        hint = "\n`describe fct_monthly_costs` lists a mart's columns."
    return f"{error}{hint}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _shown(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case Decimal():
            return exact(value)
        case _:
            return printable(str(value))


def _json_value(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value if value is None or isfinite(value) else None
        case Decimal():
            return exact(value)
        case date() | time():
            return value.isoformat()
        case dict():
            return {str(key): _json_value(each) for key, each in value.items()}
        case list() | tuple():
            return [_json_value(each) for each in value]
        case _:
            return str(value)
