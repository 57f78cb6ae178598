"""Write the sample company's bills, laid out in a folder as AWS lays them out in a bucket."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.providers.aws.sample.company import BUCKET, Account, Export, accounts_of
from pipelines.providers.aws.sample.folders import DeliveryFolder
from pipelines.providers.aws.sample.lines import build_bill
from pipelines.providers.aws.sample.printing import columns_of, select_part
from pipelines.providers.aws.sample.spec import BillState, SampleSpec, bill_states
from pipelines.providers.contract import BillingPeriod

OnProgress = Callable[["WrittenFile"], None]


@dataclass(frozen=True)
class WrittenFile:
    """One data file that now lies in the folder."""

    export: Export
    period: BillingPeriod
    path: Path
    rows: int
    bytes: int


@dataclass(frozen=True)
class WrittenDelivery:
    """One delivery of one month, its manifest in place."""

    period: BillingPeriod
    delivered_at: datetime
    is_final: bool
    files: tuple[WrittenFile, ...]

    @property
    def rows(self) -> int:
        """Line items in it."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class WrittenExport:
    """What one export delivered, and what a connection to it needs."""

    export: Export
    location: Path
    """Stands for `s3://<bucket>/<prefix>`."""
    accounts: tuple[Account, ...]
    deliveries: tuple[WrittenDelivery, ...]


def planned_files(spec: SampleSpec) -> int:
    """Return how many data files `write_bills` will write, for a progress bar."""
    return len(spec.exports) * len(list(bill_states(spec))) * spec.files_per_delivery


def write_bills(
    folder: Path,
    spec: SampleSpec,
    on_progress: OnProgress = lambda _: None,
    *,
    memory_limit: str = "3GB",
    threads: int | None = None,
) -> list[WrittenExport]:
    """Write the stage's deliveries of every export under `folder`.

    A manifest appears after its files, so a reader never sees half a delivery of a new run; an
    overwriting export replaces its files first, as AWS does.
    """
    return [
        WrittenExport(
            export,
            folder / BUCKET / export.key,
            tuple(accounts := accounts_of(export, spec.seed, spec.accounts, spec.organizations)),
            tuple(
                _write_export(folder, spec, export, accounts, on_progress, memory_limit, threads)
            ),
        )
        for export in spec.exports
    ]


def _write_export(
    folder: Path,
    spec: SampleSpec,
    export: Export,
    accounts: list[Account],
    on_progress: OnProgress,
    memory_limit: str,
    threads: int | None,
) -> Iterator[WrittenDelivery]:
    with tempfile.TemporaryDirectory(prefix="finhouse-sample-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "temp_directory": spill,
        }
        config |= {"threads": str(threads)} if threads else {}
        with duckdb.connect(config=config) as connection:
            for state in bill_states(spec):
                build_bill(connection, spec, export, accounts, state)
                place = DeliveryFolder(folder, export, accounts[0].account_id, state, spec.seed)
                files = _write_files(connection, spec, place, on_progress)
                yield WrittenDelivery(state.period, state.delivered_at, state.is_final, files)


def _write_files(
    connection: duckdb.DuckDBPyConnection,
    spec: SampleSpec,
    place: DeliveryFolder,
    on_progress: OnProgress,
) -> tuple[WrittenFile, ...]:
    columns = columns_of(connection, place.export)
    keys = [place.file(number + 1) for number in range(spec.files_per_delivery)]
    files = []
    for part, key in enumerate(keys):
        file = _write_file(
            connection,
            place.export,
            place.state,
            place.path(key),
            select_part(place.export, columns, part),
        )
        on_progress(file)
        files.append(file)
    place.announce(keys, columns)
    return tuple(files)


def _write_file(
    connection: duckdb.DuckDBPyConnection, export: Export, state: BillState, path: Path, query: str
) -> WrittenFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    written_as = (
        "format parquet, compression snappy"
        if export.file_type == "parquet"
        else "format csv, header, compression gzip"
    )
    arriving = path.with_name(f".arriving-{path.name}")
    copied = connection.execute(
        f"copy ({query}) to '{_quoted(arriving)}' ({written_as})"
    ).fetchone()
    assert copied is not None
    arriving.replace(path)
    return WrittenFile(export, state.period, path, int(copied[0]), path.stat().st_size)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
