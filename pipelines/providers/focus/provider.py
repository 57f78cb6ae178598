"""The FOCUS provider: a folder per month, `<export>/<YYYY-MM>/`, with or without a manifest."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import duckdb

from pipelines.providers.contract import (
    BillError,
    BillingPeriod,
    ConnectionConfig,
    DeliveredFile,
    Delivery,
    Finding,
    InFlight,
    Inspection,
    utc_now,
)
from pipelines.providers.documents import short_hash
from pipelines.providers.focus.checkup import check
from pipelines.providers.focus.columns import COLUMNS, unknown
from pipelines.providers.focus.manifest import (
    NAME,
    SIZE_LIMIT,
    Manifest,
    extension,
    file_type,
    parse,
)
from pipelines.providers.inspection import inspect
from pipelines.providers.listing import each_current
from pipelines.providers.store import FolderStore, ObjectStore, StoredObject, StoreError

SETTLING = timedelta(minutes=15)
"""Without a manifest, how long a month's files must have lain still."""
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Names under which programs write before they rename."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

Buckets = Callable[[ConnectionConfig], ObjectStore]


@dataclass(frozen=True)
class FocusProvider:
    """FOCUS bills of one connection, in a folder or, with `buckets`, in a bucket."""

    config: ConnectionConfig
    buckets: Buckets | None = None

    @cached_property
    def store(self) -> ObjectStore:
        """The folder or bucket the bills lie in."""
        if self.buckets and self.config.location.startswith("s3://"):
            return self.buckets(self.config)
        return FolderStore(Path(self.config.location).absolute())

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the current delivery of every month, oldest first.

        A month that cannot be trusted raises BillError after the others are listed.
        """
        self.store.verify()
        wanted = (period for period in self.periods() if since is None or period >= since)
        yield from each_current(wanted, self._current)

    def periods(self) -> list[BillingPeriod]:
        """Return the months that have a folder."""
        folders = self.store.folders(f"{self.config.export_name}/")
        return [BillingPeriod.parse(folder) for folder in folders if _MONTH.fullmatch(folder)]

    def is_current(self, delivery: Delivery) -> bool:
        """Tell whether the month's folder still holds exactly these files."""
        return delivery.is_still(self._current(delivery.billing_period))

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Copy one file whole and compare it with what its manifest says."""
        listed_file = StoredObject.of(file, self.store.key_of(file.address))
        self.store.download(listed_file, target)
        folder, _, name = listed_file.key.rpartition("/")
        manifest = self._manifest(f"{folder}/")
        listed = manifest[0].file(name) if manifest else None
        if listed and listed.sha256 and listed.sha256.lower() != _sha256(target):
            raise BillError("CHECKSUM", file.address, "its SHA-256 is not the manifest's.")

    def inspect(
        self, delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection
    ) -> Inspection:
        """Read the fetched files in `folder` once; raise BillError naming the unfit one."""
        inspection = inspect(delivery, folder, connection, COLUMNS)
        home = self._folder(delivery.billing_period)
        manifest = self._manifest(home)
        promised = manifest[0].rows if manifest else None
        if promised is not None and promised != inspection.row_count:
            what = f"it promises {promised:,} rows, {inspection.row_count:,} were read."
            raise BillError("ROWS", self.store.address(home + NAME), what)
        if strange := unknown(inspection.columns):
            said = f"left out, neither FOCUS nor x_: {', '.join(strange)[:300]}"
            return replace(inspection, warnings=(*inspection.warnings, said))
        return inspection

    def check(self) -> list[Finding]:
        """Say what is missing for bills to arrive."""
        return check(self.config, self.store, self)

    def _folder(self, period: BillingPeriod) -> str:
        return f"{self.config.export_name}/{period}/"

    def _manifest(self, folder: str) -> tuple[Manifest, StoredObject] | None:
        found = self.store.read(folder + NAME, SIZE_LIMIT)
        return (parse(found[1], self.store.address(folder + NAME)), found[0]) if found else None

    def _current(self, period: BillingPeriod) -> Delivery | InFlight:
        found = self._manifest(self._folder(period))
        return self._announced(period, *found) if found else self._settled(period)

    def _announced(
        self, period: BillingPeriod, manifest: Manifest, stored: StoredObject
    ) -> Delivery | InFlight:
        """The manifest is the list of files, and says that they are complete."""
        folder = self._folder(period)
        names = [file.name for file in manifest.files]
        kind = file_type(names, self.store.address(folder + NAME))
        files = []
        for listed in manifest.files:
            at_store = self.store.stat(folder + listed.name)
            if at_store is None or listed.bytes not in {None, at_store.bytes}:
                state = "is not there yet" if at_store is None else f"has {at_store.bytes:,} bytes"
                said = f"{folder}{listed.name} {state}; the manifest promises it whole."
                return self._in_flight(period, said)
            files.append(at_store)
        said_at = manifest.submitted_at
        # A month may go back to what it was: with the time in it, that is another delivery.
        when = said_at.isoformat() if said_at else ""
        return self._delivery(period, kind, files, said_at or stored.modified, when)

    def _settled(self, period: BillingPeriod) -> Delivery | InFlight:
        """Without a manifest: nothing half-named, and nothing touched for a while."""
        folder = self._folder(period)
        if not isinstance(self.store, FolderStore):
            return self._in_flight(period, f"{folder}{NAME} is not there yet.")
        names = self.store.files(folder)
        if not names:
            return self._in_flight(period, f"{folder} is empty.")
        if arriving := [name for name in names if name.lower().endswith(UNFINISHED)]:
            return self._in_flight(period, f"{folder}{arriving[0]} is still being written.")
        kind = file_type(names, self.store.address(folder))
        stats = [self.store.stat(folder + name) for name in names]
        files = [at_store for at_store in stats if at_store]
        newest = max(file.modified for file in files)
        if utc_now() - newest < self._settling:
            minutes = self._settling.total_seconds() / 60
            said = f"{folder} changed less than {minutes:.0f} minutes ago and has no {NAME}."
            return self._in_flight(period, said)
        return self._delivery(period, kind, files, newest)

    @property
    def _settling(self) -> timedelta:
        said = self.config.options.get("settle_minutes")
        try:
            return SETTLING if said is None else timedelta(minutes=max(float(said), 1))
        except ValueError:
            raise StoreError(
                "OPTION", "settle_minutes", f"{said!r} is no number.", "Write minutes, such as 15."
            ) from None

    def _in_flight(self, period: BillingPeriod, reason: str) -> InFlight:
        return InFlight(self.config.connection_id, period, reason)

    def _delivery(
        self,
        period: BillingPeriod,
        kind: str,
        files: list[StoredObject],
        submitted_at: datetime,
        when: str = "",
    ) -> Delivery:
        identity = (when, *sorted(f"{file.key}\t{file.etag}" for file in files))
        return Delivery(
            connection_id=self.config.connection_id,
            billing_period=period,
            delivery_id=short_hash(*identity),
            submitted_at=submitted_at,
            dataset="focus",
            file_type=kind,
            files=tuple(
                DeliveredFile(self.store.address(f.key), _name(i, f.key), f.bytes, f.etag)
                for i, f in enumerate(files, 1)
            ),
        )


def _name(number: int, key: str) -> str:
    """A file's own name, told apart by its place, safe and short."""
    kept = extension(key) or ""
    stem = re.sub(r"[^\w.-]", "_", key.rpartition("/")[2][: -len(kept)])[-60:]
    return f"{number:05d}-{stem}{kept}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
