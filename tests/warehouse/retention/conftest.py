"""Small houses of literal charges, made without dbt."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

import duckdb
import pytest

from tests.postgres import fresh_postgres_url, postgres_url
from tests.warehouse.retention.small import Small
from warehouse.publication import head
from warehouse.registry import deliveries

__all__ = ["fresh_postgres_url", "postgres_url"]

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)
MONTHS = ("2020-01", "2026-08")
"""One that must go, and one that may stay."""
CHARGES = 20
TABLES = ("intermediate.int_charges", "marts.fct_daily_costs", "marts.fct_monthly_costs")
"""Partitioned by organization and month, twice, and one file for all."""


@dataclass
class SmallHouse(Small):
    """A small house of two organizations with two months each."""

    @cached_property
    def company_id(self) -> str:
        """The company they are of."""
        return self.registry.companies.add("Acme", plan="standard").company_id

    @cached_property
    def organizations(self) -> tuple[str, ...]:
        """Their ids."""
        add = partial(self.registry.organizations.add, company=self.company_id)
        return tuple(add(f"{name}사").organization_id for name in "AB")

    def words(self, organization_id: str) -> set[str]:
        """Words that only this organization's charges have."""
        return {
            f"{kind}-{organization_id}-{period}-{number:03d}-é"
            for kind in ("charge", "resource")
            for period in MONTHS
            for number in range(CHARGES)
        }

    def fill(self) -> None:
        """Write the lake, each partition by a statement of its own, and publish it."""
        with self.lake.connect_writer() as connection:
            for schema in ("intermediate", "marts"):
                connection.execute(f"create schema lake.{schema}")
            for table in TABLES:
                connection.execute(
                    f"create table lake.{table} (company_id varchar, organization_id varchar,"
                    " billing_period varchar, charge_id varchar, resource_id varchar,"
                    " resource_name varchar, sub_account_name varchar, billed_cost decimal(38, 12))"
                )
            for table in TABLES[:2]:
                connection.execute(
                    f"alter table lake.{table} set partitioned by (organization_id, billing_period)"
                )
                for organization_id in self.organizations:
                    for period in MONTHS:
                        self.insert(connection.execute, table, [organization_id], [period])
            self.insert(connection.execute, TABLES[2], self.organizations, MONTHS)
            deliveries.publish(self.registry, [], head(connection), self.at)

    def insert(
        self,
        execute: Callable[[str], object],
        table: str,
        organizations: Iterable[str],
        months: Iterable[str],
    ) -> None:
        """Insert the charges of organizations and months in one statement."""
        execute(
            f"insert into lake.{table} select '{self.company_id}', organization_id, billing_period,"
            " printf('charge-%s-%s-%03d-é', organization_id, billing_period, number),"
            " printf('resource-%s-%s-%03d-é', organization_id, billing_period, number),"
            " 'shared resource', 'shared account', number + 0.1"
            f" from unnest({[*organizations]}) as organizations(organization_id)"
            f" cross join unnest({[*months]}) as months(billing_period)"
            f" cross join range({CHARGES}) as numbers(number)"
        )

    def sums(self) -> dict[str, str]:
        """Return what each organization is told to pay."""
        with self.lake.connect() as connection:
            return sums_in(connection)


def sums_in(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return what each organization is told to pay, in the lake that is attached."""
    query = (
        "select organization_id, sum(billed_cost)::varchar"
        " from lake.marts.fct_daily_costs group by all"
    )
    return dict(connection.execute(query).fetchall())


HouseMaker = Callable[..., SmallHouse]


@pytest.fixture
def small_house(tmp_path: Path) -> HouseMaker:
    """Make a house in a folder: plain or encrypted, in files or on a server."""

    def make(server: str | None = None, *, encrypted: bool = False) -> SmallHouse:
        made = SmallHouse(tmp_path, NOW, server=server or "", encrypted=encrypted)
        made.fill()
        return made

    return make


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """An empty house that a test fills, and whose clock it moves."""
    made = Small(tmp_path / "data")
    made.folder.mkdir()
    return made
