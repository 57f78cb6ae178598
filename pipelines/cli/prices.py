"""`finhouse prices`: what the clouds publish that commitments cost."""

from dataclasses import asdict
from pathlib import Path

import typer

from pipelines.cli.identity import operators_house
from pipelines.cli.output import AsJson, Refusing, show, show_all
from pipelines.prices import list_prices, load_prices

app = typer.Typer(cls=Refusing, no_args_is_help=True, help="Published prices of commitments.")


@app.command("load")
def load(file: Path, *, as_json: AsJson = False) -> None:
    """Keep an offer file of the AWS Price List, index.csv or index.json: of plans or a service.

    Example: finhouse prices load index.csv
    """
    house = operators_house("load prices")
    show(asdict(load_prices(house.settings.layout, file)), as_json=as_json)


@app.command("list")
def list_loaded(*, as_json: AsJson = False) -> None:
    """List the offers that were loaded, and of which day they are.

    Example: finhouse prices list
    """
    found = list_prices(operators_house("look at prices").settings.layout)
    columns = ("provider", "source", "rate_count", "loaded_at")
    show_all([asdict(each) for each in found], columns, as_json=as_json)
