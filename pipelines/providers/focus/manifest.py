"""`manifest.json`: what a month's folder holds, said by whoever wrote it, last.

    {"submitted_at": "2026-10-01T06:00:00Z",
     "files": [{"name": "costs.csv.gz", "rows": 1000, "bytes": 5312, "sha256": "9f86d0..."}]}

Only `name` is needed. What is said is checked.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipelines.providers.contract import BillError

NAME = "manifest.json"
SIZE_LIMIT = 5_000_000
FILE_TYPES: Mapping[str, str] = {".csv": "csv", ".csv.gz": "csv", ".parquet": "parquet"}
_PLAIN = re.compile(r"[^/\\\x00-\x1f]{1,200}")


class ListedFile(BaseModel):
    """One file of a month, beside its manifest."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    name: str
    rows: int | None = Field(None, ge=0)
    bytes: int | None = Field(None, ge=0)
    sha256: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        """A name with folders in it could lead out of the month."""
        if not _PLAIN.fullmatch(name) or name.startswith("."):
            raise ValueError(f"{name[:80]!r} is no plain file name")
        return name


class Manifest(BaseModel):
    """The files of a month and when they were written."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    files: tuple[ListedFile, ...] = Field(min_length=1)
    submitted_at: datetime | None = None

    @field_validator("files")
    @classmethod
    def _once(cls, files: tuple[ListedFile, ...]) -> tuple[ListedFile, ...]:
        if len({file.name for file in files}) != len(files):
            raise ValueError("a file is listed twice")
        return files

    @field_validator("submitted_at")
    @classmethod
    def _in_utc(cls, at: datetime | None) -> datetime | None:
        try:
            return at.astimezone(UTC) if at and at.tzinfo else at and at.replace(tzinfo=UTC)
        except OverflowError as error:
            raise ValueError(f"{at} is beyond the calendar") from error

    @property
    def rows(self) -> int | None:
        """Rows of all files, when every file says its own."""
        said = [file.rows for file in self.files if file.rows is not None]
        return sum(said) if len(said) == len(self.files) else None

    def file(self, name: str) -> ListedFile | None:
        """What is said of one file."""
        return next((file for file in self.files if file.name == name), None)


def parse(raw: bytes, where: str) -> Manifest:
    """Read a manifest; raise BillError MANIFEST_UNREADABLE for what cannot be trusted."""
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(part) for part in first["loc"])
        raise BillError(
            "MANIFEST_UNREADABLE",
            where,
            f"{f'{at}: ' if at else ''}{first['msg']}.",
            "Correct it; nothing of this month is loaded until then.",
        ) from None


def extension(name: str) -> str | None:
    """Return `.csv`, `.csv.gz` or `.parquet` in lower case; None for any other kind of file."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    for last in (suffixes[-2:], suffixes[-1:]):
        if "".join(last) in FILE_TYPES:
            return "".join(last)
    return None


def file_type(names: list[str], where: str) -> str:
    """Return `csv` or `parquet`; raise BillError FILE_TYPE for a mix or another kind."""
    types = {name: FILE_TYPES.get(extension(name) or "") for name in names}
    strange = [name for name, kind in types.items() if kind is None]
    if strange or len(set(types.values())) != 1:
        what = f"{strange[0][:80]!r} is none." if strange else "it mixes CSV and Parquet."
        raise BillError("FILE_TYPE", where, what, "A month is all CSV, CSV.gz or Parquet.")
    return next(kind for kind in types.values() if kind)
