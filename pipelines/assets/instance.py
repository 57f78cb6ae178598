"""The Dagster instance of the data folder: runs and events of the clock and of the hand."""

import os
import shutil

from dagster import DagsterInstance

from pipelines.settings import PROJECT, Settings


def open_instance(settings: Settings) -> DagsterInstance:
    """Open the instance in the data folder, under the rules of the project's dagster.yaml."""
    home = settings.layout.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "dagster.yaml", home)
    os.environ["DAGSTER_HOME"] = str(home)
    return DagsterInstance.from_config(str(home))
