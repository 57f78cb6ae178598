"""A small house for each test, with programs that all of them share."""

from pathlib import Path

import pytest

from tests.warehouse.retention.small import Small
from warehouse.lake import install_extensions


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DuckDB's extensions, unpacked once."""
    folder = tmp_path_factory.mktemp("programs")
    install_extensions(folder)
    return folder


@pytest.fixture
def small(tmp_path: Path, programs: Path) -> Small:
    """An empty house."""
    made = Small(tmp_path / "data")
    made.folder.mkdir()
    made.lake.layout.extensions.symlink_to(programs)
    return made
