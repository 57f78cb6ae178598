"""Runs of an export: what each one wrote, and which is the current one of a month.

With file partitioning: `<export>/<yyyymmdd-yyyymmdd>/[<time>/]<run>/` holds parts and
`manifest.json`; without: `<export>/<yyyymmdd-yyyymmdd>/<export>_<guid>.csv`. The last day is
inclusive. Tools that ingest exports put the dates before the name.
https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-improved-exports
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from pipelines.providers.azure.blobs import BlobStore
from pipelines.providers.contract import BillError, BillingPeriod, utc_now
from pipelines.providers.documents import load_object, unreadable
from pipelines.providers.store import StoredObject

SIZE_LIMIT = 50_000_000
LOOKUPS = 8
"""Manifests read at once."""
SETTLING = timedelta(hours=1)
"""A part newer than its manifest means a run under way, unless somebody copied the container."""
MANIFEST = ("manifest.json", "_manifest.json")
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6})\d*)?(?:Z|\+00:00)?)?"
)


@dataclass(frozen=True)
class Part:
    """One file of a run."""

    stored: StoredObject
    rows: int | None
    """As the manifest counts them; None without a manifest."""


@dataclass(frozen=True)
class Run:
    """One run of an export, all its parts there."""

    where: str
    identity: str
    """The same for the same bytes, another for any other run."""
    submitted_at: datetime
    kind: str | None
    """The export's type, such as `ActualCost`, where a manifest names it."""
    parts: tuple[Part, ...]


def current_run(store: BlobStore, period: BillingPeriod, folders: Sequence[str]) -> Run | str:
    """Return a month's newest run, or why there is none yet.

    Raises BillError for a manifest that cannot be trusted when it is the newest. With
    `CreateNewReport` older runs stay beside it: they are never read together.
    """
    listed = {one.key: one for folder in folders for one in store.objects(folder)}
    manifests = [one for key, one in listed.items() if _name(key) in MANIFEST]
    if not manifests:
        return _run_without_manifest(store, folders, list(listed.values()))
    with ThreadPoolExecutor(LOOKUPS) as pool:
        read = list(pool.map(lambda one: _announced(store, one, period), manifests))
    newest = max(
        zip(read, manifests, strict=True),
        key=lambda pair: (_told_at(pair[0], pair[1]), pair[1].key),
    )
    if isinstance(newest[0], BillError):
        raise newest[0]
    return newest[0].found_in(store, newest[1], listed)


def _told_at(read: "_Announced | BillError", manifest: StoredObject) -> datetime:
    return manifest.modified if isinstance(read, BillError) else read.submitted_at


def _run_without_manifest(
    store: BlobStore, folders: Sequence[str], listed: Sequence[StoredObject]
) -> Run | str:
    """The newest file alone is the month: each one is written whole, by a run of its own."""
    whole = [one for one in listed if one.key.rpartition("/")[0] + "/" in folders]
    files = [one for one in whole if one.key.lower().endswith((".csv", ".csv.gz", ".zip"))]
    if not files:
        return f"{folders[0]} has no manifest yet."
    newest = max(files, key=lambda one: (one.modified, one.key))
    return Run(
        where=store.address(newest.key),
        identity=f"{newest.key} {newest.bytes} {newest.md5 or newest.etag}",
        submitted_at=newest.modified,
        kind=None,
        parts=(Part(newest, None),),
    )


@dataclass(frozen=True)
class _Announced:
    """What a manifest says, not yet compared with what is there."""

    where: str
    run_id: str
    submitted_at: datetime
    kind: str | None
    blobs: tuple[tuple[str, int | None, int | None], ...]
    """Key, bytes, rows."""

    def found_in(
        self, store: BlobStore, manifest: StoredObject, listed: Mapping[str, StoredObject]
    ) -> Run | str:
        """Return the run if all of it is there, or what is missing."""
        missing = [key for key, _, _ in self.blobs if key not in listed]
        if missing:
            return (
                f"{len(missing)} of {len(self.blobs)} files are not there yet, first {missing[0]}."
            )
        parts = tuple(Part(listed[key], rows) for key, _, rows in self.blobs)
        for part, (key, size, _) in zip(parts, self.blobs, strict=True):
            if size not in {None, part.stored.bytes}:
                return f"{key} has {part.stored.bytes:,} of {size:,} bytes yet."
        newest = max((part.stored.modified for part in parts), default=manifest.modified)
        if store.is_ordered and newest > manifest.modified and utc_now() - newest < SETTLING:
            return f"files are newer than {manifest.key}."
        announced = (f"{part.stored.key} {part.stored.bytes}" for part in parts)
        return Run(
            where=self.where,
            identity=" ".join([self.run_id, self.submitted_at.isoformat(), *announced]),
            submitted_at=self.submitted_at,
            kind=self.kind,
            parts=parts,
        )


def _announced(
    store: BlobStore, manifest: StoredObject, period: BillingPeriod
) -> "_Announced | BillError":
    where = store.address(manifest.key)
    try:
        found = store.read(manifest.key, SIZE_LIMIT)
        content = load_object(found[1] if found else b"", where)
        run, config = _object(content, "runInfo", where), _object(content, "exportConfig", where)
        _check_month(run, period, where)
        return _Announced(
            where=where,
            run_id=str(run.get("runId") or ""),
            submitted_at=_instant(run.get("submittedTime")) or manifest.modified,
            kind=str(config["type"]) if config.get("type") else None,
            blobs=tuple(_blobs(content, manifest.key, where)),
        )
    except BillError as error:
        return error


def _object(content: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    found = content.get(name, {})
    if not isinstance(found, dict):
        raise unreadable(where, f"its {name} is no object")
    return found


def _check_month(run: Mapping[str, Any], period: BillingPeriod, where: str) -> None:
    start, end = (str(run.get(name) or period.start)[:10] for name in ("startDate", "endDate"))
    if start[:7] != str(period) or end > str(period.end):
        raise BillError(
            "PERIOD_NOT_A_MONTH", where, f"it exports {start} to {end}, its folder {period}."
        )


def _blobs(
    content: Mapping[str, Any], key: str, where: str
) -> Iterable[tuple[str, int | None, int | None]]:
    blobs = content.get("blobs")
    if blobs is None and content.get("blobCount") == 0:
        blobs = []
    if not isinstance(blobs, list) or not all(isinstance(blob, dict) for blob in blobs):
        raise unreadable(where, "it has no list of blobs")
    if content.get("blobCount", len(blobs)) != len(blobs):
        raise unreadable(where, f"it lists {len(blobs)} of {content['blobCount']} blobs")
    keys = [_own_key(str(blob.get("blobName", "")), key, where) for blob in blobs]
    if len(set(keys)) != len(keys):
        raise unreadable(where, "it lists a blob twice")
    alone = content.get("dataRowCount") if len(blobs) == 1 else None
    for own, blob in zip(keys, blobs, strict=True):
        yield own, _count(blob.get("byteCount")), _count(blob.get("dataRowCount", alone))


def _own_key(name: str, manifest: str, where: str) -> str:
    """Find a blob beside its manifest: the container's own prefix is unknown in a copied folder."""
    folder, _, file = name.rpartition("/")
    home = manifest.rpartition("/")[0]
    plain = unquote(unquote(name))
    is_plain = not {"", ".", ".."} & set(plain.split("/")) and "\\" not in plain
    if not is_plain or min(plain) < " " or not f"/{folder}".endswith(f"/{home}"):
        raise BillError("KEY_OUTSIDE_PREFIX", where, f"it names {name[:120]!r}, not in {home}.")
    return f"{home}/{file}"


def _count(said: object) -> int | None:
    return said if isinstance(said, int) and not isinstance(said, bool) else None


def _instant(text: object) -> datetime | None:
    found = _INSTANT.match(text) if isinstance(text, str) else None
    if not found:
        return None
    day, clock, fraction = found[1], found[2] or "00:00", found[3] or "0"
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return whole.replace(microsecond=int(f"{fraction:0<6}"))


def _name(key: str) -> str:
    return key.rpartition("/")[2].lower()
