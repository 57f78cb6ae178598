"""The AWS provider: what one connection's current manifests announce, fetched whole."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import duckdb

from pipelines.providers.aws.checkup import check
from pipelines.providers.aws.columns import COLUMNS
from pipelines.providers.aws.layouts import Place, manifest_key, place_of, places
from pipelines.providers.aws.manifests import (
    SIZE_LIMIT,
    Manifest,
    folder_safe,
    outside,
    parse,
)
from pipelines.providers.aws.organizations import linked_accounts
from pipelines.providers.aws.s3 import S3Store
from pipelines.providers.contract import (
    BillError,
    BillingPeriod,
    ConnectionConfig,
    DeliveredFile,
    Delivery,
    Finding,
    InFlight,
    Inspection,
    LinkedAccounts,
    utc_now,
)
from pipelines.providers.documents import short_hash
from pipelines.providers.inspection import inspect
from pipelines.providers.listing import each_current
from pipelines.providers.store import FolderStore, ObjectStore, StoredObject

LOOKUPS = 8
"""Files asked for at once while listing."""
SETTLING = timedelta(hours=1)
"""A file newer than its manifest means a delivery under way, unless somebody copied the bucket."""
FILE_TYPES = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv", ".gz": "csv", ".zip": "csv"}
_EXTENSION = re.compile(r"(\.csv)?\.[A-Za-z]+$")
_NAME_LENGTH = 60


@dataclass(frozen=True)
class AwsProvider:
    """Bills of one AWS connection; `dataset` is `cur1`, `cur2` or `focus`."""

    config: ConnectionConfig

    @cached_property
    def store(self) -> ObjectStore:
        """The bucket or folder the bills lie in."""
        if self.config.location.startswith("s3://"):
            return S3Store(self.config)
        return FolderStore(Path(self.config.location).absolute())

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the current delivery of every period, oldest period first.

        A manifest that cannot be trusted raises BillError after the other periods are listed:
        one bad month must not hold back the rest.
        """
        self.store.verify()
        known = places(self.store, self.config.dataset, self.config.export_name)
        wanted = (each for each in known if since is None or each.billing_period >= since)
        yield from each_current(wanted, self._current)

    def is_current(self, delivery: Delivery) -> bool:
        """Tell whether the manifest still announces exactly these files."""
        return delivery.is_still(self._current(self._place(delivery.billing_period)))

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Download one file whole, exactly as it was listed."""
        key = self.store.key_of(file.address)
        if key is None:
            raise outside(file.address, file.name, self.store.address(""))
        self.store.download(StoredObject.of(file, key), target)

    def inspect(
        self, delivery: Delivery, folder: Path, connection: duckdb.DuckDBPyConnection
    ) -> Inspection:
        """Read the fetched files in `folder` once; raise BillError naming the unfit one."""
        return inspect(delivery, folder, connection, COLUMNS[delivery.dataset])

    def check(self) -> list[Finding]:
        """Say what is missing for bills to arrive."""
        return check(self.config, self.store, self)

    def linked_accounts(self) -> LinkedAccounts | None:
        """Ask Organizations; a folder has no sign-in to ask with."""
        return linked_accounts(self.config) if self.config.location.startswith("s3://") else None

    def manifest(self, place: Place) -> tuple[Manifest, StoredObject] | None:
        """Read the current manifest of a period; None when there is none yet."""
        key = manifest_key(self.store, place)
        found = self.store.read(key, SIZE_LIMIT) if key else None
        if key is None or found is None:
            return None
        stored, raw = found
        where = self.store.address(key)
        return parse(raw, where, place.billing_period, self.store.bucket), stored

    def _place(self, period: BillingPeriod) -> Place:
        return place_of(self.config.dataset, self.config.export_name, period)

    def _current(self, place: Place) -> Delivery | InFlight:
        found = self.manifest(place)
        if found is None:
            return self._in_flight(place, f"{place.manifest} is not there yet.")
        manifest, stored = found
        if not manifest.keys:
            return self._in_flight(place, f"{place.manifest} lists no files yet.")
        keys = [self._own_key(key, manifest.where) for key in manifest.keys]
        with ThreadPoolExecutor(LOOKUPS) as pool:
            present = list(pool.map(self.store.stat, keys))
        missing = [key for key, at_store in zip(keys, present, strict=True) if at_store is None]
        if missing:
            said = f"{len(missing)} of {len(keys)} files are not there yet, first {missing[0]}."
            return self._in_flight(place, said)
        files = [at_store for at_store in present if at_store]
        if self._is_settling(files, stored):
            return self._in_flight(place, f"files are newer than {place.manifest}.")
        return self._delivery(manifest, files, stored)

    def _in_flight(self, place: Place, reason: str) -> InFlight:
        return InFlight(self.config.connection_id, place.billing_period, reason)

    def _own_key(self, key: str, where: str) -> str:
        own = self.store.own_key(key, self.config.export_name)
        if own is None:
            raise outside(key, where, self.store.address(self.config.export_name))
        return own

    def _is_settling(self, files: list[StoredObject], manifest: StoredObject) -> bool:
        """In overwrite mode AWS replaces the files first and the manifest last."""
        newest = max(file.modified for file in files)
        return (
            self.store.is_ordered and newest > manifest.modified and utc_now() - newest < SETTLING
        )

    def _delivery(
        self, manifest: Manifest, files: list[StoredObject], stored: StoredObject
    ) -> Delivery:
        # A manifest without an id can repeat itself byte by byte over new files.
        identity = manifest.execution or short_hash(manifest.digest, *(f.etag for f in files))
        return Delivery(
            connection_id=self.config.connection_id,
            billing_period=manifest.billing_period,
            delivery_id=folder_safe(identity),
            submitted_at=manifest.written_at or stored.modified,
            dataset=self.config.dataset,
            file_type=_file_type(manifest),
            files=tuple(
                DeliveredFile(self.store.address(f.key), _name(i, f.key), f.bytes, f.etag)
                for i, f in enumerate(files, 1)
            ),
        )


def _extension(key: str) -> str:
    found = _EXTENSION.search(key)
    return found[0].lower() if found else ""


def _file_type(manifest: Manifest) -> str:
    types = {FILE_TYPES.get(_extension(key), f"{key[-40:]}?") for key in manifest.keys}
    if len(types) != 1 or not types <= set(FILE_TYPES.values()):
        raise BillError(
            "FILE_TYPE",
            manifest.where,
            f"it mixes or names unknown kinds of files: {', '.join(sorted(types))}.",
            "Bills come as Parquet, CSV, CSV.gz or zip.",
        )
    return types.pop()


def _name(number: int, key: str) -> str:
    """A file's own name, told apart by its place in the manifest, safe and short."""
    extension = _extension(key)
    stem = re.sub(r"[^\w.-]", "_", key.rpartition("/")[2][: -len(extension)])[-_NAME_LENGTH:]
    kept = ".csv.gz" if extension == ".gz" else extension
    return f"{number:05d}-{stem}{kept}"
