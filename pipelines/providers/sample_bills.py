"""Write sample bills: run a cloud's SQL for each delivery and lay its files out as the cloud does.

All rows come from the statements in the cloud's `sample/sql` and those of `sample_sql` that it
shares, in their numbered order; Python only sets the variables they read. Chance is
`hash(seed, what)`, never `random()`: the same spec gives the same bill, whatever the number of
threads.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

import duckdb

from pipelines.providers.contract import BillingPeriod
from pipelines.providers.reading import quoted
from pipelines.providers.sample import (
    Account,
    BillState,
    SampleExport,
    SampleSpec,
    bill_states,
    midnight,
)

E = TypeVar("E", bound=SampleExport)
SHARED = Path(__file__).resolve().parent / "sample_sql"
DAILY = ("03_placed.sql", "05_coverage.sql")
"""Shared statements of the clouds whose bills have a line per resource and day."""
WRITTEN_AS: Mapping[str, str] = {
    "parquet": "format parquet, compression snappy",
    "csv": "format csv, header, compression gzip",
    "jsonl": "format json, compression gzip",
}


@dataclass(frozen=True)
class WrittenFile:
    """One data file that now lies in the folder."""

    export: SampleExport
    period: BillingPeriod
    path: Path
    rows: int
    bytes: int


OnProgress = Callable[[WrittenFile], None]


@dataclass(frozen=True)
class WrittenDelivery:
    """One delivery of one month, its manifest in place."""

    period: BillingPeriod
    delivered_at: datetime
    is_final: bool
    files: tuple[WrittenFile, ...]

    @property
    def rows(self) -> int:
        """Lines in it."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class WrittenExport:
    """What one export delivered, and what a connection to it needs."""

    provider: str
    export: SampleExport
    location: Path
    accounts: tuple[Account, ...]
    deliveries: tuple[WrittenDelivery, ...]


@dataclass(frozen=True)
class Bill(Generic[E]):
    """One delivery of one month, about to be written."""

    connection: duckdb.DuckDBPyConnection
    spec: SampleSpec
    export: E
    accounts: tuple[Account, ...]
    state: BillState
    root: Path
    """The local folder that stands for the cloud's storage."""

    @property
    def location(self) -> Path:
        """What a connection reads."""
        return self.root / self.export.key

    def build(self, home: Path, shared: Iterable[str], **variables: object) -> None:
        """Run the statements of `home` and the shared ones, leaving the bill in views."""
        run = self.connection.execute
        for name, value in (self._variables(home) | variables).items():
            run(f"set variable {name} = ?", [value])
        run(
            "create or replace temp table accounts "
            "(account_no integer, account_id varchar, account_name varchar, workload varchar)"
        )
        self.connection.executemany(
            "insert into accounts values (?, ?, ?, ?)",
            [
                (each.account_no, each.account_id, each.name, each.workload)
                for each in self.accounts
            ],
        )
        statements = [*(home / "sql").glob("*.sql"), *(SHARED / name for name in shared)]
        for statement in sorted(statements, key=lambda path: path.name):
            run(statement.read_text("utf-8"))

    def write(self, path: Path, query: str) -> WrittenFile:
        """Write a query's rows to a file, which appears whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        arriving = path.with_name(f".arriving-{path.name}")
        written_as = WRITTEN_AS[self.export.file_type]
        copied = self.connection.execute(
            f"copy ({query}) to {quoted(str(arriving))} ({written_as})"
        ).fetchone()
        assert copied is not None
        arriving.replace(path)
        return WrittenFile(
            self.export, self.state.period, path, int(copied[0]), path.stat().st_size
        )

    def _variables(self, home: Path) -> dict[str, object]:
        spec, state = self.spec, self.state
        return {
            "seed": spec.seed,
            "data": str(home / "data"),
            "export": self.export.key,
            "rows": spec.rows,
            "parts": spec.files_per_delivery,
            "payer_id": self.accounts[0].account_id,
            "payer_name": self.accounts[0].name,
            "period_start": naive(midnight(state.period)),
            "period_end": naive(midnight(state.period.next)),
            "first_start": naive(midnight(spec.periods[0])),
            "until_start": naive(midnight(spec.until)),
            # The newest month that is complete has the stories' spikes.
            "spike_month": naive(midnight(spec.periods[-2:][0])),
            "delivered_at": naive(state.delivered_at),
            "hours": state.hours,
            "is_final": state.is_final,
            "is_last": state.period == spec.until,
            "has_late_refund": state.has_late_refund,
        }


@dataclass(frozen=True)
class Sample(Generic[E]):
    """One cloud's part of the sample company."""

    provider: str
    exports: tuple[E, ...]
    bucket: str
    """The folder that stands for the cloud's storage."""
    accounts: Callable[[E, SampleSpec], tuple[Account, ...]]
    deliver: Callable[[Bill[E]], Iterable[WrittenFile]]
    """Write the files, then what announces them; nothing where nothing is billed yet."""
    count_files: Callable[[SampleSpec, BillState], int]
    states: Callable[[SampleSpec], Iterable[BillState]] = bill_states

    def planned_files(self, spec: SampleSpec) -> int:
        """Return how many data files `write` will write at most, for a progress bar."""
        files = sum(self.count_files(spec, state) for state in self.states(spec))
        return files * len(self.wanted(spec))

    def wanted(self, spec: SampleSpec) -> list[E]:
        """Return those of its exports that are to be written."""
        return [export for export in self.exports if export in spec.exports]

    def write(
        self,
        folder: Path,
        spec: SampleSpec,
        on_progress: OnProgress = lambda _: None,
        *,
        memory_limit: str = "3GB",
        threads: int | None = None,
    ) -> list[WrittenExport]:
        """Write the stage's deliveries of every wanted export under `folder`.

        A manifest appears after its files, so a reader never sees half a delivery of a new run; an
        overwriting export replaces its files first, as clouds do.
        """
        written = []
        for export in self.wanted(spec):
            accounts, root = self.accounts(export, spec), folder / self.bucket
            with _database(memory_limit, threads) as connection:
                bills = [
                    Bill(connection, spec, export, accounts, state, root)
                    for state in self.states(spec)
                ]
                deliveries = tuple(self._deliveries(bills, on_progress))
            at = root / export.key
            written.append(WrittenExport(self.provider, export, at, accounts, deliveries))
        return written

    def _deliveries(
        self, bills: Iterable[Bill[E]], on_progress: OnProgress
    ) -> Iterator[WrittenDelivery]:
        for bill in bills:
            files = []
            for file in self.deliver(bill):
                on_progress(file)
                files.append(file)
            if files:
                now = bill.state
                yield WrittenDelivery(now.period, now.delivered_at, now.is_final, tuple(files))


@contextmanager
def _database(memory_limit: str, threads: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="finhouse-sample-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": spill,
        }
        config |= {"threads": str(threads)} if threads else {}
        with duckdb.connect(config=config) as connection:
            yield connection


def naive(at: datetime) -> datetime:
    """Spell an instant as DuckDB's TIMESTAMP does: bills carry UTC without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)


def announce(path: Path, content: str, at: datetime) -> None:
    """Write a manifest whole, with its time: that of an overwritten delivery is known from it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arriving = path.with_suffix(".arriving")
    arriving.write_text(content, "utf-8")
    arriving.replace(path)
    stamp([path], at)


def stamp(paths: Iterable[Path], at: datetime) -> None:
    """Give files the time at which the cloud would have written them."""
    for path in paths:
        os.utime(path, (at.timestamp(), at.timestamp()))
