"""A house of a few rows, all of its parts real: what retention does to it takes a second."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.models import data_classes
from pipelines.platform.landing import land_drops
from tests.published import lake_in
from warehouse.lake import Lake
from warehouse.publication import head
from warehouse.registry import deliveries
from warehouse.registry.store import Registry, open_registry
from warehouse.retention.certificates import Certificate
from warehouse.retention.engine import Engine
from warehouse.retention.policy import Policy, load_policy

KEYS = "company_id varchar, organization_id varchar, billing_period varchar"
TABLES = {
    "intermediate.int_charges": f"{KEYS}, charge_id varchar, sub_account_id varchar,"
    " sub_account_name varchar, resource_id varchar, resource_name varchar,"
    " billed_cost decimal(38, 12)",
    "marts.fct_daily_costs": f"{KEYS}, billed_cost decimal(38, 12)",
    "marts.dim_members": "company_id varchar, organization_id varchar, member_id varchar,"
    " email varchar",
}
TOLD = {
    "intermediate.int_logins_told": "logins",
    "intermediate.int_inquiries_told": "inquiries",
    "marts.fct_payments": "payments",
    "marts.fct_invoices": "invoices",
}
"""Table of the lake -> the dataset of the platform that it is made of."""


@dataclass
class Small:
    """The house, at an instant that a test moves on."""

    folder: Path
    at: datetime = datetime(2026, 1, 15, 3, tzinfo=UTC)
    policy: Policy = field(default_factory=load_policy)
    server: str = ""
    """Of the registry and the lake's catalog; without one they are files."""
    encrypted: bool = False

    @cached_property
    def registry(self) -> Registry:
        """Its registry, by the house's own clock."""
        url = self.server or f"sqlite:///{self.folder / 'registry.sqlite'}"
        return open_registry(url, lambda: self.at)

    @cached_property
    def lake(self) -> Lake:
        """Its lake."""
        found = replace(lake_in(self.folder), encrypted=self.encrypted)
        if not self.server:
            return found
        host = self.server.partition("host=")[2]
        return replace(found, catalog=f"postgres:dbname=postgres user=finhouse host={host}")

    @property
    def drops(self) -> Path:
        """Where the platform drops its files: not in the data folder."""
        return self.folder.parent / f"{self.folder.name} drops"

    @property
    def engine(self) -> Engine:
        """Its engine."""
        return Engine(
            self.registry,
            self.lake,
            self.policy,
            data_classes(),
            self.drops,
            clean_tools=lambda: None,
            serve=dict,
            self_approved_bytes=10**12,
        )

    def on(self, day: str) -> "Small":
        """Move on to three in the morning, UTC, of a day: noon of the same day in Seoul."""
        self.at = datetime.fromisoformat(f"{day}T03:00+00:00")
        return self

    def run(self) -> list[dict[str, Any]]:
        """Run retention; return what the certificates say."""
        return [told(link) for link in self.engine.run(self.at)]

    def spend(self, company_id: str, organization_id: str, period: str, rows: int = 30) -> None:
        """Load a month of an organization, a cent a charge."""
        keys = f"'{company_id}', '{organization_id}', '{period}'"
        word = f"{organization_id}-{period}-' || lpad(n::varchar, 4, '0')"
        charge = (
            f"'charge-{word}, 'account-{organization_id}', 'name-{organization_id}',"
            f" 'resource-{word}, '이름-{word}, 0.01"
        )
        numbers = f"from range({rows}) as numbers (n)"
        self.write(
            f"insert into lake.intermediate.int_charges select {keys}, {charge} {numbers}",
            f"insert into lake.marts.fct_daily_costs select {keys}, 0.01 {numbers}",
        )

    def write(self, *statements: str) -> None:
        """Change the lake and let readers see it."""
        with self.lake.connect_writer() as connection:
            for schema in ("intermediate", "marts"):
                connection.execute(f"create schema if not exists lake.{schema}")
            for name, columns in TABLES.items():
                connection.execute(f"create table if not exists lake.{name} ({columns})")
            for statement in statements:
                connection.execute(statement)
            deliveries.publish(self.registry, [], head(connection), self.at)

    def drop(self, name: str, *rows: Mapping[str, object]) -> Path:
        """Drop a file of the platform and load it."""
        self.drops.mkdir(exist_ok=True)
        path = self.drops / name
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text(text, "utf-8")
        self.load()
        return path

    def load(self) -> None:
        """Land what was dropped, and make the lake's tables of it."""
        landed = self.lake.layout.landed_platform
        assert {each.message for each in land_drops(self.drops, landed)} <= {""}
        self.write(
            *(
                f"create or replace table lake.{table} as from"
                f" read_parquet('{landed / dataset}/*.parquet', union_by_name = true)"
                for table, dataset in TOLD.items()
            )
        )

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer a question from what readers see."""
        served = deliveries.published_snapshot(self.registry)
        assert served
        with self.lake.connect(served[0]) as connection:
            return connection.execute(sql).fetchall()

    def events(self, table: str) -> list[str]:
        """Return the ids of events that a table of the lake has."""
        rows = self.ask(f"select event_id from lake.{table} order by all")
        return [event_id for (event_id,) in rows]


def told(link: Certificate) -> dict[str, Any]:
    """Return what a certificate says."""
    said: dict[str, Any] = json.loads(link.document)
    return said
