"""dbt as Dagster starts it: what it writes is still the run's, also when the run is gone."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.published import lake_in
from warehouse.lake import LakeBusyError

RUN = """
import os, sys
from pathlib import Path
from dagster_dbt import DbtCliResource
from pipelines.assets.models import start
from pipelines.settings import DBT_PROJECT
from tests.published import lake_in
house, dbt = map(Path, sys.argv[1:])
with lake_in(house).writing():
    start(DbtCliResource(project_dir=str(DBT_PROJECT), dbt_executable=str(dbt)), house / "dbt")
    os.kill(os.getpid(), 9)
"""
DBT = """#!/bin/sh
if [ "$1" = --version ]; then echo 1.11.16; else exec cat {}; fi
"""
"""Runs until somebody writes to a pipe, where the real one would until its models are built."""


@pytest.mark.slow
def test_dbt_keeps_the_lock_of_a_dagster_run_that_was_killed_alone(tmp_path: Path) -> None:
    lake, end, dbt = lake_in(tmp_path), tmp_path / "end", tmp_path / "dbt.sh"
    os.mkfifo(end)
    dbt.write_text(DBT.format(end), "utf-8")
    dbt.chmod(0o700)
    environment = os.environ | Settings(data_dir=tmp_path).dbt_environment
    run = [sys.executable, "-c", RUN, str(tmp_path), str(dbt)]
    killed = subprocess.run(run, env=environment, check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    try:
        with pytest.raises(LakeBusyError), lake.writing():
            pass
    finally:
        end.write_text("now", "utf-8")
    with lake.layout.lake_lock.open("a") as lock:
        # Waits until dbt has ended, and with it the lock.
        fcntl.flock(lock, fcntl.LOCK_EX)
