"""What the reading commands share: the published lake, who may be asked about, plain refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.cli.output import UNCUT, refuse
from pipelines.house import House
from pipelines.settings import settings
from warehouse.extracts.report import ExtractError
from warehouse.registry import deliveries
from warehouse.registry.companies import find_company
from warehouse.registry.errors import RegistryError
from warehouse.registry.organizations import find_organization
from warehouse.registry.store import Registry
from warehouse.registry.words import name_key
from warehouse.scope import UNASSIGNED, Island, Scope

# Control characters drive a terminal, direction marks disguise what it shows.
UNSEEN: Final = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"
} | {
    code: f"\\u{code:04x}"
    for code in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


@dataclass(frozen=True)
class PublishedLake:
    """The lake as readers see it, and since when."""

    house: House
    connection: duckdb.DuckDBPyConnection
    snapshot_id: int
    published_at: datetime


@contextmanager
def published_lake() -> Iterator[PublishedLake]:
    """Open the last published snapshot of the installation's lake, read-only.

    Raises ExtractError before the first refresh.
    """
    house = House.open(settings())
    published = deliveries.published_snapshot(house.registry)
    if published is None:
        raise ExtractError("Nothing is published yet.", "Run `finhouse refresh` first.")
    with house.lake.connect(published[0]) as connection:
        # Otherwise a mistyped table name could find a variable of this program.
        connection.execute("set python_enable_replacements = false")
        yield PublishedLake(house, connection, *published)


@contextmanager
def plain_refusals() -> Iterator[None]:
    """Say what was refused and what to do next, without a traceback; exit code 1."""
    try:
        yield
    except (RegistryError, ExtractError) as error:
        refuse(printable(str(error)))


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal, or uncut where there is none."""
    for column in table.columns:
        column.overflow = "fold"
    console = Console()
    (console if console.is_terminal else Console(width=UNCUT)).print(table)


def printable(text: str) -> str:
    """Return text that a terminal shows instead of obeying: names come from bills."""
    return text.translate(UNSEEN)


def find_island(registry: Registry, organization: str, company: str | None) -> Island:
    """Find an organization by id or exact name, a removed one by id, or `unassigned`.

    Raises RegistryError in words when there is none, or more than one company to look in.
    """
    with registry.read() as tx:
        owner = find_company(tx, company, removed=True)
        if name_key(organization) == UNASSIGNED:
            return Island(owner.company_id, UNASSIGNED)
        found = find_organization(tx, owner, organization, removed=True)
    return Island(owner.company_id, found.organization_id)


def find_scope(registry: Registry, organization: str | None, company: str | None) -> Scope:
    """Return the cut the operator asked for: an organization, a company, or everything."""
    if organization is not None:
        return Scope(frozenset({find_island(registry, organization, company)}))
    if company is None:
        return Scope.everything()
    with registry.read() as tx:
        owner = find_company(tx, company, removed=True)
    organizations = registry.organizations.list(owner.company_id, removed=True)
    return Scope.company(owner.company_id, (each.organization_id for each in organizations))
