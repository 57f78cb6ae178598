"""Bills of the sample company, each made once."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.providers.aws.sample import (
    EXPORTS,
    SampleSpec,
    WrittenExport,
    exports_named,
    write_bills,
)
from pipelines.providers.columns import snake
from pipelines.providers.contract import BillingPeriod

AS_OF = datetime(2026, 9, 10, 12, tzinfo=UTC)
UNTIL = BillingPeriod.parse("2026-09")
MakeBills = Callable[..., WrittenExport]


def spec_of(key: str, **more: Any) -> SampleSpec:
    return SampleSpec(
        **{"as_of": AS_OF, "until": UNTIL, "rows": 1, **more}, exports=exports_named([key])
    )


@pytest.fixture(scope="session")
def bills(tmp_path_factory: pytest.TempPathFactory) -> MakeBills:
    """Return what an export delivered; the same bill is made once."""

    @cache
    def made(key: str, **more: Any) -> WrittenExport:
        return write_bills(tmp_path_factory.mktemp("bills"), spec_of(key, **more), threads=2)[0]

    return made


@pytest.fixture(params=[export.key for export in EXPORTS])
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(written: WrittenExport, query: str) -> list[tuple[Any, ...]]:
    """Ask the delivered lines, called `bill`: columns as Athena spells them, CSV as text."""
    paths = [str(file.path) for delivery in written.deliveries for file in delivery.files]
    options = (
        "read_parquet($paths, union_by_name = true, hive_partitioning = false)"
        if written.export.file_type == "parquet"
        else "read_csv($paths, header = true, all_varchar = true, union_by_name = true)"
    )
    with duckdb.connect() as connection:
        delivered = connection.sql(f"from {options}", params={"paths": paths})
        renamed = ", ".join(f'"{name}" as {snake(name)}' for name in delivered.columns)
        return delivered.project(renamed).query("bill", query).fetchall()


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
