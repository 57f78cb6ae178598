"""The models' own unit tests: dbt runs them, the test suite asks it to."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from pipelines.house import House
from pipelines.loading import plan
from pipelines.models import dbt_executable, prepare, target
from pipelines.platform.landing import land_drops
from pipelines.settings import DBT_PROJECT, Settings


@pytest.mark.slow
def test_every_unit_test_of_the_models_passes(tmp_path: Path) -> None:
    """They need their inputs' tables, so dbt builds all of it in an empty house."""
    house = House.open(Settings(data_dir=tmp_path))
    land_drops(house.settings.drops, house.settings.layout.landed_platform)
    plan(house)
    prepare(house.settings)
    dbt = subprocess.run(
        [dbt_executable(), "--quiet", "build", "--exclude-resource-type", "test"],
        cwd=DBT_PROJECT,
        env=os.environ | house.settings.dbt_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert dbt.returncode == 0, dbt.stdout + dbt.stderr
    results = json.loads((target(house.settings) / "run_results.json").read_text("utf-8"))
    passed = {
        result["unique_id"].split(".")[-1]
        for result in results["results"]
        if result["unique_id"].startswith("unit_test.") and result["status"] == "pass"
    }
    assert passed
