"""What the laws look at: the files that belong to the house."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.settings import PROJECT

ROOMS = ("pipelines", "warehouse", "quality")


@pytest.fixture(scope="session")
def house_files() -> list[Path]:
    """Every file git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("needs a git checkout: the laws speak about tracked files")
    paths = (PROJECT / name for name in listed.stdout.decode().split("\0") if name)
    return sorted(path for path in paths if path.is_file())


@pytest.fixture(scope="session")
def python_files(house_files: list[Path]) -> list[Path]:
    """The modules of the rooms, without tests."""
    return [
        path
        for path in house_files
        if path.suffix == ".py" and path.relative_to(PROJECT).parts[0] in ROOMS
    ]


@pytest.fixture(scope="session")
def model_files(house_files: list[Path]) -> list[Path]:
    """Every dbt model."""
    models = PROJECT / "dbt_project" / "models"
    return [path for path in house_files if path.suffix == ".sql" and path.is_relative_to(models)]


@pytest.fixture(scope="session")
def mart_properties(model_files: list[Path]) -> dict[str, dict[str, Any]]:
    """Mart name -> what its yml says about it."""
    marts = PROJECT / "dbt_project" / "models" / "marts"
    return {
        path.stem: yaml.safe_load(path.with_suffix(".yml").read_text("utf-8"))["models"][0]
        for path in model_files
        if path.is_relative_to(marts) and path.with_suffix(".yml").is_file()
    }
