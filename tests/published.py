"""A published lake of literal rows: the marts are made as their contracts spell them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

from pipelines.house import House
from pipelines.settings import PROJECT, settings
from tests.extensions import share_extensions
from warehouse.lake import Lake
from warehouse.layout import Layout
from warehouse.publication import head
from warehouse.registry import deliveries

Row = Mapping[str, object]

MART_FILES = sorted((PROJECT / "dbt_project" / "models" / "marts").rglob("*.yml"))
CONTRACTS: dict[str, list[dict[str, Any]]] = {
    path.stem: yaml.safe_load(path.read_text("utf-8"))["models"][0]["columns"]
    for path in MART_FILES
}
"""Mart -> its columns."""

MACROS = "".join(
    (PROJECT / "dbt_project" / "macros" / f"{name}.sql").read_text("utf-8")
    for name in ("reporting", "commitments")
)
VIEWS = {
    path.stem: jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])  # noqa: S701 - it is SQL
    .from_string(MACROS + path.read_text("utf-8"))
    .render(ref="lake.marts.{}".format)
    for path in sorted((PROJECT / "dbt_project" / "models" / "extracts").glob("*.sql"))
}
"""Report -> its query of the marts."""


def lake_in(folder: Path) -> Lake:
    """Address a lake of a test's own."""
    layout = Layout(folder)
    layout.lake_data.mkdir(parents=True, exist_ok=True)
    share_extensions(layout)
    return Lake(layout, f"sqlite:{layout.lake_catalog}", str(layout.lake_data), "1GB")


def fill(lake: Lake, marts: Mapping[str, Sequence[Row]]) -> int:
    """Replace every mart by the rows given, most of them by none; return the snapshot."""
    with lake.connect_writer() as connection:
        connection.execute("begin")
        connection.execute("create schema if not exists lake.marts")
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
        for mart, columns in CONTRACTS.items():
            spelled = ", ".join(f"{column['name']} {column['data_type']}" for column in columns)
            if (mart,) in tables:
                connection.execute(f"delete from lake.marts.{mart}")
            else:
                connection.execute(f"create table lake.marts.{mart} ({spelled})")
            if rows := marts.get(mart):
                _insert(connection, mart, rows)
        for report, query in VIEWS.items():
            connection.execute(f"create view if not exists lake.marts.{report} as {query}")
        connection.execute("commit")
        return head(connection)


def _insert(connection: duckdb.DuckDBPyConnection, mart: str, rows: Sequence[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    marks = f"({', '.join('?' for _ in names)})"
    connection.execute(
        f"insert into lake.marts.{mart} ({', '.join(names)})"
        f" values {', '.join(marks for _ in rows)}",
        [row.get(name) for row in rows for name in names],
    )


@contextmanager
def house_in(folder: Path) -> Iterator[House]:
    """Open an empty house that the commands of this test find by their settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINHOUSE_DATA_DIR", str(folder))
        settings.cache_clear()
        house = House.open(settings())
        for place in (house.settings.layout.lake_data, house.settings.layout.spill):
            place.mkdir(parents=True, exist_ok=True)
        share_extensions(house.settings.layout)
        yield house
    settings.cache_clear()


def publish(house: House, marts: Mapping[str, Sequence[Row]]) -> int:
    """Fill the house's lake and let readers see it since 4 October 2026."""
    snapshot_id = fill(house.lake, marts)
    at = datetime(2026, 10, 4, 6, 30, tzinfo=UTC)
    deliveries.publish(house.registry, [], snapshot_id, at)
    return snapshot_id


def cost(effective: str, **other: object) -> Row:
    """Return a row of fct_monthly_costs; every cost is the effective one unless said."""
    amount = Decimal(effective)
    return {
        "organization_id": "org-a",
        "company_id": "co-x",
        "billing_period": "2026-09",
        "sub_account_id": "012345678901",
        "provider_name": "AWS",
        "sub_account_name": "결제",
        "service_category": "Compute",
        "service_name": "Amazon EC2",
        "charge_category": "Usage",
        "billing_currency": "USD",
        "billed_cost": amount,
        "effective_cost": amount,
        "contracted_cost": amount,
        "list_cost": amount,
        "charge_count": 1,
    } | other


def organization(name: str, **other: object) -> Row:
    """Return a row of dim_organizations."""
    return {
        "organization_id": "org-a",
        "company_id": "co-x",
        "organization_name": name,
        "company_name": "한빛",
        "is_living": True,
        "is_unassigned": False,
    } | other
