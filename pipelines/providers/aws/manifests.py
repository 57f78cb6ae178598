"""Manifests: the only list of a delivery's files, and never trusted further than needed.

Legacy CUR names `reportKeys`, `assemblyId` and `billingPeriod`; Data Exports (CUR 2.0, FOCUS)
name `dataFiles` as URIs or keys, and an `executionId`.
https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

from pipelines.providers.contract import BillError, BillingPeriod
from pipelines.providers.documents import load_object, short_hash, unreadable

SIZE_LIMIT = 50_000_000
KEY_LIMIT = 1024
"""Bytes; S3 allows no longer key."""
LISTS = ("reportKeys", "dataFiles")
TIMES = ("completedAt", "createdAt", "lastUpdatedAt", "executionTime", "generatedAt")
_WRITTEN_AT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8})T(?P<clock>\d\d:\d\d:\d\d|\d{6})(\.(?P<fraction>\d{1,6})\d*)?Z"
)
_EXECUTION = re.compile(r"BILLING_PERIOD=[^/]+/([^/]+)/[^/]+$", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_ID_LENGTH = 100


@dataclass(frozen=True)
class Manifest:
    """What one manifest announces, checked as far as it can be without the store."""

    where: str
    billing_period: BillingPeriod
    execution: str | None
    """The id of the run that wrote it; None when nothing in the manifest names it."""
    written_at: datetime | None
    keys: tuple[str, ...]
    """Files as the manifest spells them, without bucket."""
    columns: frozenset[str]
    digest: str


def parse(raw: bytes, where: str, period: BillingPeriod, bucket: str | None) -> Manifest:
    """Read the manifest of one period; raise BillError for what cannot be trusted.

    Codes: MANIFEST_UNREADABLE, PERIOD_NOT_A_MONTH, KEY_OUTSIDE_PREFIX.
    """
    content = load_object(raw, where)
    _check_period(content.get("billingPeriod"), period, where)
    keys = _keys(content, where, bucket)
    execution = _execution(content, keys)
    return Manifest(
        where=where,
        billing_period=period,
        execution=execution,
        written_at=_written_at([execution, *(content.get(name) for name in TIMES)]),
        keys=keys,
        columns=frozenset(_columns(content.get("columns"))),
        digest=hashlib.sha256(raw).hexdigest(),
    )


def _check_period(said: object, period: BillingPeriod, where: str) -> None:
    """A manifest may leave its period out; if it names one, it is its folder's month."""
    if said is None:
        return
    if isinstance(said, str):
        matches = said[:7] == str(period)
    else:
        ends = said if isinstance(said, dict) else {}
        matches = [_written_at([ends.get(end)]) for end in ("start", "end")] == [
            _midnight(period.start),
            _midnight(period.end),
        ]
    if not matches:
        raise BillError(
            "PERIOD_NOT_A_MONTH", where, f"it bills {said!s:.120}, its folder says {period}."
        )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _keys(content: Mapping[str, Any], where: str, bucket: str | None) -> tuple[str, ...]:
    listed = next((content[name] for name in LISTS if name in content), None)
    if not isinstance(listed, list) or not all(isinstance(key, str) for key in listed):
        raise unreadable(where, f"it has no list of files ({' or '.join(LISTS)})")
    bucket = bucket or content.get("bucket")
    keys = tuple(safe_key(key, where, bucket) for key in listed)
    if len(set(keys)) != len(keys):
        raise unreadable(where, "it lists a file twice")
    return keys


def safe_key(address: str, where: str, bucket: str | None) -> str:
    """Return the key of a file a manifest lists; BillError when it could lead elsewhere."""
    key = address
    if address.startswith("s3://"):
        named, _, key = address.removeprefix("s3://").partition("/")
        if bucket is not None and named != bucket:
            raise _outside(address, where, f"it lies in bucket {named[:80]!r}, not {bucket!r}")
    plain = unquote(unquote(key))
    if len(key.encode()) > KEY_LIMIT:
        raise _outside(address, where, f"it is longer than {KEY_LIMIT} bytes")
    if any(ord(letter) < ord(" ") for letter in plain) or "\\" in plain or "://" in plain:
        raise _outside(address, where, "it holds characters no file name has")
    if {"", ".", ".."} & set(plain.split("/")):
        raise _outside(address, where, "it is no plain path")
    return key


def _outside(address: str, where: str, what: str) -> BillError:
    return BillError("KEY_OUTSIDE_PREFIX", where, f"it names {address[:120]!r}: {what}.")


def outside(key: str, where: str, home: str) -> BillError:
    """Say that a manifest names a file outside its own export."""
    return _outside(key, where, f"it lies outside {home}")


def _execution(content: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    if assembly := content.get("assemblyId"):
        return str(assembly)
    folders = {found[1] for key in keys if (found := _EXECUTION.search(key))}
    if len(folders) == 1:
        return folders.pop()
    return str(content["executionId"]) if content.get("executionId") else None


def _columns(listed: object) -> list[str]:
    """Column names as the files spell them: legacy CUR splits them into category and name."""
    columns = (
        [column for column in listed if isinstance(column, dict)]
        if isinstance(listed, list)
        else []
    )
    return [
        "/".join(str(column[part]) for part in ("category", "name") if column.get(part))
        for column in columns
    ]


def _written_at(texts: list[object]) -> datetime | None:
    for text in texts:
        found = _WRITTEN_AT.search(text) if isinstance(text, str) else None
        if found:
            day, clock, fraction = found["day"], found["clock"], found["fraction"] or "0"
            try:
                return datetime.fromisoformat(f"{day}T{clock}.{fraction:0<6}+00:00")
            except ValueError:
                continue
    return None


def folder_safe(identity: str) -> str:
    """Spell a provider's id so that it can name a folder, still telling two ids apart."""
    safe = _UNSAFE.sub("-", identity)
    if safe.replace("-", ":") == identity.replace("-", ":") and not safe.startswith("."):
        return safe if len(safe) <= _ID_LENGTH else short_hash(identity)
    return f"{safe.lstrip('.')[:60]}-{short_hash(identity)}"
