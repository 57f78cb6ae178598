"""`finhouse quarantine`: rows that could not be read, for the operator's eyes."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.identity import operators_house
from pipelines.cli.output import AsJson, Refusing, refuse, show_all
from warehouse import quarantine

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Rows of refused deliveries that cannot be read."
)


@app.command("list")
def list_quarantine(*, as_json: AsJson = False) -> None:
    """List the refused deliveries with unreadable rows: readable and unreadable make all rows.

    Example: finhouse quarantine list
    """
    house = operators_house("look at unreadable rows")
    found = [
        {**asdict(each), "readable_count": each.readable_count}
        for each in quarantine.every(house.settings.layout)
    ]
    columns = ("connection_id", "billing_period", "delivery_id", "row_count", "readable_count")
    show_all(found, (*columns, "unreadable_count", "kept_count", "reasons"), as_json=as_json)


@app.command("show")
def show_quarantine(
    connection: Annotated[str, typer.Argument(help="Id or name.")],
    period: Annotated[str, typer.Argument(help="Month, YYYY-MM.")],
    limit: Annotated[int, typer.Option(help="Rows to show.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """Show unreadable rows with file, line and reason. They hold values of the bill.

    Example: finhouse quarantine show "AWS main" 2026-09 --limit 5
    """
    house = operators_house("look at unreadable rows")
    layout = house.settings.layout
    connection_id = house.registry.connections.get(connection).connection_id
    found = [
        each
        for each in quarantine.every(layout)
        if (each.connection_id, each.billing_period) == (connection_id, period)
    ]
    if not found:
        refuse(f"No row of {connection} {period} is in quarantine. See `finhouse quarantine list`.")
    columns = ("file", "line", "reason", "content")
    rows = [
        dict(zip(columns, row, strict=True))
        for each in found
        for row in quarantine.rows(layout, each, limit)
    ]
    show_all(rows, columns, as_json=as_json)
