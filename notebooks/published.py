"""What every notebook starts with: a published file, opened so that nothing but it can be read."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

import duckdb
import marimo as mo
import polars as pl

LOCKED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "lock_configuration": "true",
}
"""A notebook is a door too: what reads pictures out of a file reaches no other file."""

ALL: Final = "all"


@dataclass(frozen=True)
class Published:
    """One organization's published file, or a whole company's."""

    connection: duckdb.DuckDBPyConnection

    @classmethod
    def open(cls, file: str | Path) -> Self:
        """Open a published file. Raises FileNotFoundError that says how to get one."""
        if not Path(file).is_file():
            raise FileNotFoundError(
                f"There is no published file {file}. Refresh once, then start the dashboards with"
                " `finhouse dashboards`: it finds the file."
            )
        connection = duckdb.connect(file, read_only=True, config=LOCKED)
        return cls(connection)

    def ask(self, sql: str, **values: Any) -> pl.DataFrame:
        """Answer a question; `$name` in it is bound to the value of that name."""
        # A cursor of its own: every reader of a dashboard runs in a thread.
        cursor = self.connection.cursor()
        cursor.execute("use marts")
        found = cursor.execute(sql, values)
        names = [column[0] for column in found.description or ()]
        return pl.DataFrame(found.fetchall(), schema=names, orient="row", infer_schema_length=None)

    def organizations(self) -> dict[str, str]:
        """Return the organizations a reader may choose, by name; all of them first."""
        found = self.ask(
            "select organization_name, organization_id from dim_organizations order by all"
        )
        names = dict(found.iter_rows())
        return names if len(names) == 1 else {"All organizations": ALL, **names}

    def currencies(self) -> list[str]:
        """Return the currencies of the bills, the one with most of the money first."""
        return self.ask(
            "select billing_currency from fct_monthly_costs"
            " group by all order by sum(abs(effective_cost)) desc"
        )["billing_currency"].to_list()

    def cut(
        self, columns: str, mart: str, organization_id: str, rest: str = "", **equal: str
    ) -> pl.DataFrame:
        """Ask a mart of an organization, or of all, where columns have these values."""
        if organization_id != ALL:
            equal["organization_id"] = organization_id
        where = " and ".join(f"{name} = ${name}" for name in equal)
        return self.ask(f"select {columns} from {mart} where {where} {rest}", **equal)

    def about(self) -> str:
        """Say in one line whose numbers these are and how fresh."""
        [told] = self.ask("select snapshot_id, published_at, freshness from _about").iter_rows(
            named=True
        )
        newest = max((each["submitted_at"] for each in told["freshness"] or ()), default=None)
        bills = f" · newest bill {newest:%Y-%m-%d %H:%M} UTC" if newest else ""
        return (
            f"Snapshot {told['snapshot_id']} · published {told['published_at']:%Y-%m-%d %H:%M} UTC"
            f"{bills} · read-only"
        )


def due(plan: str | Path | None) -> pl.DataFrame:
    """Read what has a day on which it goes; nothing without a plan."""
    columns = {
        **dict.fromkeys(("rule", "billing_period", "organization_id", "blocked_by"), pl.String),
        **dict.fromkeys(("scheduled_on", "gone_before"), pl.Date),
        **dict.fromkeys(("rows", "bytes"), pl.Int64),
        "is_due": pl.Boolean,
    }
    items = json.loads(Path(plan).read_text("utf-8")) if plan else []
    for item in items:
        for day in ("scheduled_on", "gone_before"):
            item[day] = date.fromisoformat(item[day])
    return pl.DataFrame([{name: item[name] for name in columns} for item in items], schema=columns)


def chosen(published: Published) -> tuple[Any, Any]:
    """Return what the reader chooses of every page: an organization, and one currency."""
    organizations, currencies = published.organizations(), published.currencies()
    return (
        mo.ui.dropdown(organizations, value=next(iter(organizations), None), label="Organization"),
        mo.ui.dropdown(currencies, value=next(iter(currencies), None), label="Currency"),
    )
