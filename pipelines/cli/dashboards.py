"""`finhouse dashboards`: the notebooks in the browser, over one published file."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.doors import whole_file
from pipelines.cli.identity import signed_house
from pipelines.cli.losses import item_row
from pipelines.cli.reading import plain_refusals
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from pipelines.settings import PROJECT
from warehouse.extracts.report import replacing
from warehouse.retention.dates import local_date


def dashboards(
    organization: Annotated[
        str | None,
        typer.Option(help="Show this organization, by id, name or `unassigned`."),
    ] = None,
    company: Annotated[
        str | None,
        typer.Option(help="Whose organization it is; alone: all of the company, for its owner."),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 2718,
) -> None:
    """Open dashboards on 127.0.0.1: costs, commitments, reconciliation, retention.

    The address it prints holds a key of this start: who has not got it sees nothing.

    Example: finhouse dashboards --organization Platform
    """
    with plain_refusals():
        house = signed_house()
        holder, file = whole_file(house, organization, company)
        given = ["--file", str(file)]
        if not holder.organization_id:
            given += ["--due", str(_due(house, holder.company_id))]
    marimo = [sys.executable, "-m", "marimo", "run", str(PROJECT / "notebooks")]
    server = ["--headless", "--host", "127.0.0.1", "--port", str(port), "--token"]
    os.chdir(PROJECT)
    os.execv(sys.executable, [*marimo, *server, "--", *given])  # noqa: S606 - no shell


def _due(house: House, company_id: str) -> Path:
    """Write down what of the company goes when, for the notebook that shows it."""
    engine = retention_engine(house)
    made = engine.plan(local_date(utc_now(), engine.policy))
    items = [item_row(item, made.as_of) for item in made.items if item.company_id == company_id]
    path = house.settings.layout.due(company_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as arriving:
        arriving.write_text(json.dumps(items, default=str), "utf-8")
    return path
