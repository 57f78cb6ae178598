"""A serving database with two companies that are called alike down to the last tag."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pipelines.serving import descriptions
from tests.postgres import postgres_url
from tests.published import CONTRACTS, Row, cost, fill, lake_in
from warehouse.lake import Lake
from warehouse.publication import head
from warehouse.registry import deliveries
from warehouse.registry.store import Registry, open_registry
from warehouse.scope import COMPANY_MARTS
from warehouse.serving.postgres.door import Door
from warehouse.serving.postgres.hardening import setup_script
from warehouse.serving.postgres.server import Server

__all__ = ["postgres_url"]

AT = datetime(2026, 10, 4, 6, 30, tzinfo=UTC)
ANALYST = dict.fromkeys(("costs", "commitments", "security"), "view")
SECRET = "CNRY"
"""Begins every word that only the other organizations have."""


@dataclass
class Serving:
    """An installation with a serving database, and who may enter it."""

    door: Door
    admin: str
    """libpq's address of the cluster's superuser, in the serving database."""
    islands: dict[str, tuple[str, str]]
    """Company and organization, by a name of the tests: mine, neighbour, foreign."""
    members: dict[str, str]
    """Member ids by name."""
    emails: dict[str, str]
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def foreign(self) -> str:
        """The organization that is called like mine, of the other company."""
        return self.islands["foreign"][1]

    @property
    def names(self) -> dict[str, str]:
        """What an attempt may name."""
        loader = self.door.server.parameters["user"]
        return {"foreign": self.foreign, "stranger": self.members["stranger"], "loader": loader}

    @property
    def foreign_words(self) -> set[str]:
        """Ids that an analyst of mine must never be told."""
        others = {*self.islands["foreign"], self.islands["neighbour"][1]}
        return others | {self.members[name] for name in ("owner", "stranger", "nobody", "reader")}

    def change(self, *texts: str, **values: str) -> None:
        """Change the lake by SQL, and publish that."""
        with self.door.lake.connect_writer() as lake:
            for text in texts:
                lake.execute(text, values or None)
            deliveries.publish(self.door.registry, [], head(lake), AT)

    def address(self, name: str) -> str:
        """Return libpq's address of a member, who is let in when he comes first."""
        if name not in self.passwords:
            self.passwords[name] = self.door.admit(self.members[name])
        return make_conninfo(self.admin, user=self.members[name], password=self.passwords[name])

    @contextmanager
    def asking(self, name: str) -> Iterator[psycopg.Connection]:
        """Log in as a member."""
        with psycopg.connect(self.address(name), autocommit=True) as session:
            yield session


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Serving]:
    """A serving database whose organizations keep what they have."""
    with served_in(tmp_path_factory.mktemp("lake"), postgres_url) as found:
        yield found


@contextmanager
def served_in(folder: Path, postgres_url: str) -> Iterator[Serving]:
    """Serve Acme with Retail and Stores, and another Acme with a Retail of its own."""
    name = f"serving_{os.urandom(4).hex()}"
    cluster = conninfo_to_dict(postgres_url.replace("+psycopg", ""))
    with psycopg.connect(make_conninfo(**cluster), autocommit=True) as admin:
        role = sql.Identifier(name)
        admin.execute(sql.SQL("create role {} login createrole password 'loader'").format(role))
        admin.execute(sql.SQL("create database {} template template0").format(role))
        loading = make_conninfo(**cluster | {"user": name, "password": "loader", "dbname": name})
        lake = lake_in(folder)
        registry = open_registry(f"sqlite:///{lake.layout.registry}")
        door = Door(Server(loading), registry, lake, descriptions())
        in_it = make_conninfo(**cluster | {"dbname": name})
        with psycopg.connect(in_it, autocommit=True) as superuser:
            superuser.execute(setup_script(door.server))
        found = people(registry, lake, door, in_it)
        yield found
        admin.execute(sql.SQL("drop database {} with (force)").format(role))


def people(registry: Registry, lake: Lake, door: Door, admin: str) -> Serving:
    """Register both companies and their members, and publish rows of every mart for each."""
    islands = {}
    for company, names in (("Acme", ("mine", "neighbour")), ("Acme Corp", ("foreign",))):
        company_id = registry.companies.add(company).company_id
        for name in names:
            title = "Stores" if name == "neighbour" else "Retail"
            added = registry.organizations.add(title, company=company)
            islands[name] = (company_id, added.organization_id)
    add = registry.members.add
    registry.roles.add("Analyst", ANALYST, organization="Retail", company="Acme")
    people = {
        "owner": add("owner@example.com", company="Acme"),
        "analyst": add("kim@example.com", company="Acme", organization="Retail", role="Analyst"),
        "reader": add("lee@example.com", company="Acme", organization="Retail", role="member"),
        "nobody": add("ana@example.com", company="Acme", organization="Stores", role="member"),
        "stranger": add("owner@example.org", company="Acme Corp"),
    }
    registry.members.revoke("ana@example.com", "Stores", company="Acme")
    members = {name: each.member_id for name, each in people.items()}
    emails = {name: each.email for name, each in people.items()}
    found = Serving(door, admin, islands, members, emails)
    deliveries.publish(registry, [], fill(lake, rows_of(islands)), AT)
    door.sync()
    return found


def rows_of(islands: dict[str, tuple[str, str]]) -> dict[str, list[Row]]:
    """Return a row of every mart for each organization, and many costs of the others."""
    marts: dict[str, list[Row]] = {}
    for mart, columns in CONTRACTS.items():
        texts = {each["name"] for each in columns if each["data_type"] == "varchar"}
        for name, (company_id, organization_id) in islands.items():
            keys = {"company_id": company_id}
            if mart not in COMPANY_MARTS:
                keys |= {"organization_id": organization_id}
            if "billing_period" in texts:
                keys |= {"billing_period": "2026-09"}
            word = "mine" if name == "mine" else f"{SECRET}-{name}"
            marts.setdefault(mart, []).append(dict.fromkeys(sorted(texts), word) | keys)
    for name, (company_id, organization_id) in islands.items():
        word = "mine" if name == "mine" else f"{SECRET}-{name}"
        marts["fct_monthly_costs"] += [
            cost(
                "0.000000000001" if name == "mine" else "1000",
                company_id=company_id,
                organization_id=organization_id,
                billing_period=f"2026-0{month}",
                sub_account_id=word,
                sub_account_name=word,
            )
            for month in range(1, 10)
            for _ in range(1 if name == "mine" else 30)
        ]
        marts["fct_daily_split_costs"].append(
            {
                "company_id": company_id,
                "organization_id": organization_id,
                "billing_period": "2026-09",
                "resource_id": word,
                "allocated_tags": {"key": ["팀", 'a"b\\'], "value": ["결제\x00\n", "\\u0000"]},
                "allocated_cost": Decimal("12345678901234567890.123456789012"),
            }
        )
    return marts
