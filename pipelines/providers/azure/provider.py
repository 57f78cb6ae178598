"""The Azure provider: the newest runs of one connection's exports, fetched whole.

Dataset `cost` takes two exports of one scope: the connection's own is of type ActualCost, the
option `amortized_export` names the one of type AmortizedCost. Together they are one delivery of a
month: one alone either lacks what commitments cost or what was paid for them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from pipelines.providers.azure.blobs import BlobStore, Container
from pipelines.providers.azure.checkup import check
from pipelines.providers.azure.columns import ACTUAL, AMORTIZED, KINDS, PARTS
from pipelines.providers.azure.inspection import inspect
from pipelines.providers.azure.layouts import months
from pipelines.providers.azure.runs import Run, current_run
from pipelines.providers.contract import (
    BillError,
    BillingPeriod,
    ConnectionConfig,
    DeliveredFile,
    Delivery,
    Finding,
    InFlight,
    Inspection,
)
from pipelines.providers.documents import short_hash
from pipelines.providers.listing import each_current
from pipelines.providers.store import FolderStore, StoredObject

FILE_TYPES = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv", ".zip": "csv"}
_EXTENSION = re.compile(r"(\.csv)?\.[a-z]+$")
_NAME_LENGTH = 60


@dataclass(frozen=True)
class AzureProvider:
    """What one Azure connection exports; `PARTS` lists the datasets.

    Reservation details, reservation transactions and price sheets tell of commitments and prices
    and bill nothing.
    """

    config: ConnectionConfig

    @cached_property
    def store(self) -> BlobStore:
        """The container or folder the exports lie in."""
        if self.config.location.startswith(("https://", "http://")):
            return Container(self.config)
        return FolderStore(Path(self.config.location).absolute())

    @cached_property
    def exports(self) -> Mapping[str, str]:
        """Part of a delivery -> its export's name. Raises BillError for a setting that lacks."""
        if self.config.dataset not in PARTS:
            raise self._unset(
                f"there is no dataset {self.config.dataset!r}.",
                f"Set it to cost (ActualCost and AmortizedCost) or one of {', '.join(PARTS)}.",
            )
        named = dict.fromkeys(PARTS[self.config.dataset], self.config.export_name)
        if AMORTIZED in named:
            named[AMORTIZED] = self.config.options.get("amortized_export", "")
            if named[AMORTIZED] in {"", named[ACTUAL]}:
                raise self._unset(
                    "the option amortized_export is missing or names the actual cost export.",
                    "Create an export of type AmortizedCost beside it and set "
                    "--option amortized_export=NAME.",
                )
        return named

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the current delivery of every period, oldest period first.

        What cannot be trusted raises BillError after the other periods are listed: one bad month
        must not hold back the rest.
        """
        self.store.verify()
        unfit: list[BillError] = []
        folders = self._folders(unfit)
        known = sorted({period for each in folders.values() for period in each})
        wanted = (period for period in known if since is None or period >= since)
        yield from each_current(wanted, lambda period: self._current(period, folders), unfit)

    def is_current(self, delivery: Delivery) -> bool:
        """Tell whether the newest runs are still exactly these."""
        return delivery.is_still(self._current(delivery.billing_period, self._folders([])))

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Download one file whole, exactly as it was listed."""
        self.store.download(StoredObject.of(file, self.store.key_of(file.address)), target)

    def inspect(
        self, delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection
    ) -> Inspection:
        """Read the fetched files in `folder` once; raise BillError naming the unfit one."""
        return inspect(delivery, folder, connection)

    def check(self) -> list[Finding]:
        """Say what is missing for bills to arrive."""
        return check(self)

    def _unset(self, what: str, advice: str) -> BillError:
        return BillError("SETTING_MISSING", self.config.connection_id, what, advice)

    def _folders(self, unfit: list[BillError]) -> dict[str, dict[BillingPeriod, list[str]]]:
        found = {}
        for part, export in self.exports.items():
            found[part], wrong = months(self.store, export)
            unfit += wrong
        return found

    def _current(
        self, period: BillingPeriod, folders: Mapping[str, Mapping[BillingPeriod, list[str]]]
    ) -> Delivery | InFlight:
        runs: dict[str, Run] = {}
        for part, by_month in folders.items():
            if period not in by_month:
                return self._in_flight(period, f"{self.exports[part]} has no run of it yet.")
            run = current_run(self.store, period, by_month[period])
            if isinstance(run, str):
                return self._in_flight(period, run)
            self._check_kind(part, run)
            runs[part] = run
        return self._delivery(period, runs)

    def _in_flight(self, period: BillingPeriod, reason: str) -> InFlight:
        return InFlight(self.config.connection_id, period, reason)

    def _check_kind(self, part: str, run: Run) -> None:
        if run.kind not in {None, KINDS[part]}:
            raise BillError(
                "DATASET_TYPE",
                run.where,
                f"{self.exports[part]} is of type {run.kind}, not {KINDS[part]}.",
                "Correct which export the connection names for which type.",
            )

    def _delivery(self, period: BillingPeriod, runs: Mapping[str, Run]) -> Delivery:
        files = tuple(
            DeliveredFile(
                address=self.store.address(one.stored.key),
                name=_file_name(part, number, one.stored.key),
                bytes=one.stored.bytes,
                etag=one.stored.etag,
                rows=one.rows,
            )
            for part, run in runs.items()
            for number, one in enumerate(run.parts)
        )
        return Delivery(
            connection_id=self.config.connection_id,
            billing_period=period,
            delivery_id=f"run-{short_hash(*(run.identity for run in runs.values()))}",
            submitted_at=max(run.submitted_at for run in runs.values()),
            dataset=self.config.dataset,
            file_type=_file_type(files, runs),
            files=files,
        )


def _extension(key: str) -> str:
    found = _EXTENSION.search(key.lower())
    return found[0].replace(".csv.zip", ".zip") if found else ""


def _file_type(files: tuple[DeliveredFile, ...], runs: Mapping[str, Run]) -> str:
    """Of no files it is CSV: landing then keeps their no rows, which the models can read."""
    types = {FILE_TYPES.get(_extension(file.name), f"{file.name[-40:]}?") for file in files}
    if len(types) > 1 or not types <= set(FILE_TYPES.values()):
        raise BillError(
            "FILE_TYPE",
            " and ".join(run.where for run in runs.values()),
            f"they mix or name unknown kinds of files: {', '.join(sorted(types))}.",
            "Let the exports write one kind of file: Parquet, CSV or CSV.gz.",
        )
    return types.pop() if types else "csv"


def _file_name(part: str, number: int, key: str) -> str:
    """Tell a file by its part of the delivery and its place in the run, safe and short."""
    extension = _extension(key)
    name = key.rpartition("/")[2]
    stem = re.sub(r"[^\w-]", "_", name[: len(name) - len(extension)])[-_NAME_LENGTH:]
    return f"{part}-{number:05d}-{stem}{extension}"
