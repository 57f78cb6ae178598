"""`finhouse prices`: what the clouds publish that commitments cost."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from pipelines.cli.identity import operators_house
from pipelines.cli.output import AsJson, Refusing, refuse, show, show_all
from pipelines.prices import fetch_prices, list_prices, load_prices
from pipelines.providers.registry import CLOUDS

app = typer.Typer(cls=Refusing, no_args_is_help=True, help="Published prices of commitments.")

NAMES: Final = {cloud: name for name, cloud in CLOUDS.items()}


@app.command("load")
def load(
    path: Annotated[Path | None, typer.Argument(help="A file, or a folder of pages.")] = None,
    provider: Annotated[
        Literal["aws", "azure", "gcp"], typer.Option(help="Whose prices they are.")
    ] = "aws",
    url: Annotated[
        str | None, typer.Option(help="Of Azure: the address of the prices, with its filter.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Keep prices as their cloud publishes them.

    AWS: index.csv or index.json of an offer of the Price List, of plans or a service. Azure: pages
    of the Retail Prices API. Google Cloud: pages of the Cloud Billing Catalog.

    Example: finhouse prices load index.csv
    """
    layout = operators_house("load prices").settings.layout
    if (path is None) == (url is None):
        refuse("Name a file or folder, or an address with --url: one of them.")
    name = NAMES[provider]
    told = load_prices(layout, path, name) if path else fetch_prices(layout, url or "", name)
    show(asdict(told), as_json=as_json)


@app.command("list")
def list_loaded(*, as_json: AsJson = False) -> None:
    """List the offers that were loaded, and of which day they are.

    Example: finhouse prices list
    """
    found = list_prices(operators_house("look at prices").settings.layout)
    columns = ("provider", "source", "rate_count", "loaded_at")
    show_all([asdict(each) for each in found], columns, as_json=as_json)
