"""Bills of the sample company, each made once."""

from typing import Any

import duckdb
import pytest

from pipelines.providers.aws.sample import SAMPLE
from pipelines.providers.columns import snake
from pipelines.providers.sample_bills import WrittenExport
from tests.providers.sampling import MakeBills, maker


@pytest.fixture(scope="session")
def bills(tmp_path_factory: pytest.TempPathFactory) -> MakeBills:
    return maker(SAMPLE, tmp_path_factory)


@pytest.fixture(params=[export.key for export in SAMPLE.exports])
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
