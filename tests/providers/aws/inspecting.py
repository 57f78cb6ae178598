"""Tiny bill files, and what their inspection refuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.providers.contract import BillError, Inspection
from tests.providers.aws.lines import cur_line

Inspect = Callable[..., Inspection]
LINE = cur_line("000000000042", 1.5)


def parquet(path: Path, *rows: dict[str, Any], **options: Any) -> Path:
    pl.DataFrame(list(rows), infer_schema_length=None).write_parquet(path, **options)
    return path


def csv_text(*rows: dict[str, Any], drop: str = "") -> str:
    rows = rows or (LINE,)
    columns = [name for name in rows[0] if name != drop]
    text = pl.DataFrame([{name: str(row[name]) for name in columns} for row in rows])
    return text.write_csv().replace("2026-09-01 00:00:00", "2026-09-01T00:00:00Z")


def refusal(inspected: Inspect, dataset: str = "cur2") -> BillError:
    with pytest.raises(BillError) as refused:
        inspected(dataset)
    return refused.value
