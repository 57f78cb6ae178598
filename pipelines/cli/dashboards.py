"""`finhouse dashboards`: the notebooks in the browser, over one published file."""

import os
import sys
from typing import Annotated

import typer

from pipelines.cli.doors import whole_file
from pipelines.cli.identity import signed_house
from pipelines.cli.reading import plain_refusals
from pipelines.settings import PROJECT


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
        file = whole_file(signed_house(), organization, company)
    marimo = [sys.executable, "-m", "marimo", "run", str(PROJECT / "notebooks")]
    server = ["--headless", "--host", "127.0.0.1", "--port", str(port), "--token"]
    os.chdir(PROJECT)
    os.execv(sys.executable, [*marimo, *server, "--", "--file", str(file)])  # noqa: S606 - no shell
