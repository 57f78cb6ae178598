"""A door at which the house reads what others wrote: any bytes in, a value or a refusal out."""

import csv
import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.providers.contract import BillError
from warehouse.extracts.report import ExtractError
from warehouse.registry import RegistryError
from warehouse.unpacking import LandingError

REFUSALS = (BillError, LandingError, ExtractError, RegistryError)
_KEPT: list[tempfile.TemporaryDirectory[str]] = []


@dataclass(frozen=True)
class Door:
    """What reads bytes, given a folder of its own, and whole examples to start from."""

    read: Callable[[bytes, Path], object]
    seeds: tuple[bytes, ...]

    def __call__(self, data: bytes) -> None:
        """Read the bytes; any other error than a refusal is the caller's to see."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                self.read(data, Path(folder))
            except REFUSALS as error:
                str(error).encode()


def shared_folder() -> Path:
    """Return a folder for what all examples of a door share; it goes with the process."""
    _KEPT.append(tempfile.TemporaryDirectory())
    return Path(_KEPT[-1].name)


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """Return a database that reads no more than landing's does."""
    return duckdb.connect(config={"memory_limit": "500MB", "threads": 1})


def as_csv(*rows: Mapping[str, Any]) -> bytes:
    """Return rows as a bill's CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_parquet(*rows: Mapping[str, Any]) -> bytes:
    """Return rows as a bill's Parquet."""
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    return out.getvalue()
