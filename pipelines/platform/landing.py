"""Land what the platform dropped: each file once, whole, typed; the same event counts once."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from pipelines.platform.datasets import DATASETS, TYPES, Column
from pipelines.platform.reading import READERS, read
from pipelines.providers.contract import BillError, utc_now
from warehouse.retention.forgetting import landed_name

LANDED: Final = "landed"
UNCHANGED: Final = "unchanged"
REFUSED: Final = "refused"
_NAME: Final = re.compile(rf"({'|'.join(DATASETS)})([-_.].*)?")
_NONE: Final = "none.parquet"
"""A file without rows, so that a dataset nobody dropped yet can be read."""


@dataclass(frozen=True)
class Drop:
    """What became of one dropped file."""

    name: str
    status: str
    row_count: int = 0
    bytes: int = 0
    message: str = ""


def land_drops(drops: Path, landed: Path) -> list[Drop]:
    """Land every file that is new by its content. A refused one leaves what is landed alone."""
    for dataset, columns in DATASETS.items():
        (landed / dataset).mkdir(parents=True, exist_ok=True)
        if not (landed / dataset / _NONE).exists():
            _write(landed / dataset / _NONE, columns, [], "")
    return [_land(path, landed) for path in _files(drops)]


def changed_since(drops: Path, at: datetime) -> bool:
    """Tell whether a file came after that instant: by its change time, which a copy cannot keep."""
    return any(path.stat().st_ctime > at.timestamp() for path in _files(drops))


def has_events(landed: Path) -> bool:
    """Tell whether anything was ever landed."""
    return any(path.name != _NONE for path in landed.glob("*/*.parquet"))


def _files(drops: Path) -> Iterator[Path]:
    """Names that begin with a dot are still being written."""
    if drops.is_dir():
        found = (path for path in sorted(drops.iterdir()) if path.is_file())
        yield from (path for path in found if not path.name.startswith("."))


def _land(path: Path, landed: Path) -> Drop:
    size = path.stat().st_size
    try:
        dataset = _dataset(path)
        target = landed / dataset / landed_name(path)
        if target.exists():
            return Drop(path.name, UNCHANGED, bytes=size)
        columns = DATASETS[dataset]
        rows = read(path, columns)
    except BillError as error:
        return Drop(path.name, REFUSED, bytes=size, message=str(error))
    _write(target, columns, rows, path.name)
    return Drop(path.name, LANDED, len(rows), size)


def _dataset(path: Path) -> str:
    named = _NAME.fullmatch(path.stem)
    if not named or path.suffix not in READERS:
        raise BillError(
            "FILE_NAME", path.name, "it names no dataset or no known kind of file.",
            f"Begin it with {', '.join(DATASETS)}; end it in {', '.join(READERS)}.",
        )  # fmt: skip
    return named[1]


def _write(
    target: Path, columns: tuple[Column, ...], rows: list[dict[str, object]], name: str
) -> None:
    """Write by replacing whole; `landed_at` tells the later of two tellings of an event."""
    schema = {column.name: TYPES[column.kind] for column in columns}
    now = utc_now().astimezone(UTC).replace(tzinfo=None)
    frame = pl.DataFrame(rows, schema=schema).with_columns(
        drop_name=pl.lit(name), landed_at=pl.lit(now, pl.Datetime("us"))
    )
    arriving = target.with_suffix(f".{os.getpid()}")
    frame.write_parquet(arriving)
    arriving.replace(target)
