"""`finhouse status`: what readers see, how fresh it is, what waits or was refused."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.cli.identity import operators_house
from pipelines.providers.contract import utc_now
from quality.freshness import stale_connections
from warehouse import quarantine
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord


def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Say what readers see and since when, what waits, what was refused and why.

    Exit code 1 when something was refused or a connection has gone quiet.

    Example: finhouse status --json
    """
    house = operators_house("look at every company's deliveries")
    served = deliveries.published_snapshot(house.registry)
    newest = [
        deliveries.of_connection(house.registry, config.connection_id)
        for config in house.connections()
    ]
    current = {
        (item.connection_id, item.billing_period): item for items in newest for item in items
    }
    names = {each.connection_id: each.name for each in house.registry.connections.living()}
    stale = stale_connections(house.registry, house.settings.freshness, utc_now())
    aside = {
        (each.connection_id, each.billing_period): each.unreadable_count
        for each in quarantine.every(house.settings.layout)
    }
    unfit = [item for item in current.values() if item.state in ("refused", "suspect")]
    if as_json:
        told = {
            "published_at": served[1].isoformat() if served else None,
            "snapshot_id": served[0] if served else None,
            "periods": [
                {
                    "connection_id": item.connection_id,
                    "billing_period": item.billing_period,
                    "delivery_id": item.delivery_id,
                    "submitted_at": item.submitted_at.isoformat(),
                    "state": item.state,
                    "rows": item.row_count,
                    "unreadable_rows": aside.get((item.connection_id, item.billing_period), 0),
                    "message": item.message,
                }
                for item in current.values()
            ],
            "stale": stale,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(Console(), served, list(current.values()), stale, names, aside)
    if unfit or stale:
        raise typer.Exit(1)


def _show(
    console: Console,
    served: tuple[int, datetime] | None,
    current: Iterable[DeliveryRecord],
    stale: Mapping[str, str],
    names: Mapping[str, str],
    aside: Mapping[tuple[str, str], int],
) -> None:
    if served:
        console.print(
            f"Readers see snapshot {served[0]}, published {served[1]:%Y-%m-%d %H:%M} UTC."
        )
    else:
        console.print("Nothing is published yet: run `finhouse refresh`.")
    table = Table(
        *("Connection", "Month", "Delivery", "Submitted (UTC)", "State", "Rows", "Unreadable"),
        "Note",
    )
    for item in current:
        table.add_row(
            Text(names[item.connection_id]),
            item.billing_period,
            item.delivery_id,
            f"{item.submitted_at:%Y-%m-%d %H:%M}",
            item.state,
            f"{item.row_count or 0:,}",
            f"{aside.get((item.connection_id, item.billing_period), 0):,}",
            Text(item.message),
        )
    console.print(table)
    for connection_id, said in stale.items():
        console.print(Text(f"Stale: {names[connection_id]}: {said}", style="yellow"))
