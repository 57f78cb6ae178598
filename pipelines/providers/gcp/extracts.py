"""A billing export as extracts in a folder: one folder per invoice month, one manifest in each.

`<location>/<export>/invoice_month=YYYYMM/manifest.json` is written last and is the only list of
files: `{"exported_at": "2026-10-03T08:00:00Z", "files": ["part-1.jsonl.gz", ...]}`.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from pipelines.providers.contract import (
    BillError,
    BillingPeriod,
    ConnectionConfig,
    DeliveredFile,
    Delivery,
    InFlight,
)
from pipelines.providers.documents import load_object
from pipelines.providers.gcp.addresses import period_of
from pipelines.providers.store import FolderStore, StoredObject

MANIFEST: Final = "manifest.json"
SIZE_LIMIT: Final = 16 << 20
FILE_TYPES: Final = {".parquet": "parquet", ".jsonl": "jsonl", ".jsonl.gz": "jsonl"}
_FOLDER = re.compile(r"invoice_month=(.+)")
_FILE = re.compile(r"[^/\\\x00-\x1f]*?((\.jsonl)?\.(parquet|jsonl|gz))")
_ADVICE = 'Write {"exported_at": "2026-10-03T08:00:00Z", "files": ["part-1.parquet"]}.'


@dataclass(frozen=True)
class _Manifest:
    exported_at: datetime
    files: tuple[str, ...]


@dataclass(frozen=True)
class FolderBills:
    """The bills of one export's folder."""

    config: ConnectionConfig

    @cached_property
    def store(self) -> FolderStore:
        """The folder."""
        return FolderStore(Path(self.config.location).absolute())

    def deliveries(self, since: BillingPeriod | None = None) -> Iterator[Delivery | InFlight]:
        """Yield the state of every invoice month, oldest first; a BillError comes last."""
        self.store.verify()
        unfit: list[BillError] = []
        for name in self.store.folders(f"{self.config.export_name}/"):
            found = _FOLDER.fullmatch(name)
            if not found:
                continue
            try:
                period = period_of(found[1], self.store.address(name))
                if since is None or period >= since:
                    yield self._state(period)
            except BillError as error:
                unfit.append(error)
        if unfit:
            raise unfit[0]

    def current(self, period: BillingPeriod) -> Delivery | None:
        """Return the state of one month now; None while it is being written."""
        now = self._state(period)
        return now if isinstance(now, Delivery) else None

    def fetch(self, file: DeliveredFile, target: Path) -> None:
        """Copy one file whole, exactly as it was listed."""
        self.store.download(StoredObject.of(file, self.store.key_of(file.address)), target)

    def _folder(self, period: BillingPeriod) -> str:
        return f"{self.config.export_name}/invoice_month={period.start:%Y%m}/"

    def _state(self, period: BillingPeriod) -> Delivery | InFlight:
        folder = self._folder(period)
        found = self.store.read(f"{folder}{MANIFEST}", SIZE_LIMIT)
        if found is None:
            return self._in_flight(period, f"{folder}{MANIFEST} is not there yet.")
        manifest = _parse(found[1], self.store.address(found[0].key))
        if not manifest.files:
            return self._in_flight(period, f"{folder}{MANIFEST} lists no files yet.")
        present = [self.store.stat(f"{folder}{name}") for name in manifest.files]
        files = [file for file in present if file]
        if len(files) < len(present):
            absent = manifest.files[present.index(None)]
            return self._in_flight(period, f"{folder}{absent} is not there yet.")
        return self._delivery(period, manifest, files)

    def _in_flight(self, period: BillingPeriod, reason: str) -> InFlight:
        return InFlight(self.config.connection_id, period, reason)

    def _delivery(
        self, period: BillingPeriod, manifest: _Manifest, files: list[StoredObject]
    ) -> Delivery:
        at = manifest.exported_at
        identity = "|".join(sorted({file.etag for file in files}))
        digest = hashlib.sha256(f"{at.isoformat()}|{identity}".encode()).hexdigest()
        return Delivery(
            connection_id=self.config.connection_id,
            billing_period=period,
            delivery_id=f"{at:%Y%m%dT%H%M%S}-{digest[:16]}",
            submitted_at=at,
            dataset=self.config.dataset,
            file_type=_file_type(manifest, self.store.address(self._folder(period))),
            files=tuple(
                DeliveredFile(
                    self.store.address(file.key), _name(number, file.key), file.bytes, file.etag
                )
                for number, file in enumerate(files, 1)
            ),
        )


def _parse(raw: bytes, where: str) -> _Manifest:
    written = load_object(raw, where)
    try:
        said = datetime.fromisoformat(written["exported_at"])
        at = said.astimezone(UTC) if said.tzinfo else None
        files = tuple(dict.fromkeys(str(name) for name in written["files"]))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise BillError("MANIFEST", where, f"it cannot be read ({error}).", _ADVICE) from error
    if at is None:
        raise BillError("MANIFEST", where, "exported_at names no time zone.", _ADVICE)
    for name in files:
        if not _FILE.fullmatch(name):
            what = f"it names {name[:80]!r}, which is no file of this folder."
            raise BillError("KEY_OUTSIDE_PREFIX", where, what, _ADVICE)
    return _Manifest(at, files)


def _extension(name: str) -> str:
    found = _FILE.fullmatch(name)
    return found[1] if found else ""


def _file_type(manifest: _Manifest, where: str) -> str:
    types = {FILE_TYPES.get(_extension(name), f"{name[-40:]}?") for name in manifest.files}
    if len(types) != 1 or not types <= {*FILE_TYPES.values()}:
        said = ", ".join(sorted(types))
        advice = "Extracts of one month are all Parquet, or all JSON lines, gzipped or not."
        raise BillError("FILE_TYPE", where, f"it mixes or names unknown kinds: {said}.", advice)
    return types.pop()


def _name(number: int, key: str) -> str:
    """A file's own name, told apart by its place in the manifest, safe and short."""
    name = key.rpartition("/")[2]
    extension = _extension(name)
    stem = re.sub(r"[^\w.-]", "_", name.removesuffix(extension))[-60:]
    return f"{number:05d}-{stem}{extension}"
