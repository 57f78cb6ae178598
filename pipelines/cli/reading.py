"""What the reading commands share: the published lake, who may be asked about, plain refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.cli.identity import signed_house
from pipelines.cli.output import UNCUT, refuse
from pipelines.house import House
from warehouse.extracts.reading import Published
from warehouse.extracts.report import ExtractError
from warehouse.registry import deliveries
from warehouse.registry.errors import RegistryError

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

    @property
    def published(self) -> Published:
        """What a file says of its source."""
        return Published(self.snapshot_id, self.published_at)


@contextmanager
def published_lake() -> Iterator[PublishedLake]:
    """Open the last published snapshot of the installation's lake, read-only.

    Raises ExtractError before the first refresh.
    """
    house = signed_house()
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
