"""What Dagster remembers of past runs: events and logs hold words of bills that were refused."""

import shutil

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from pipelines.assets.instance import open_instance
from pipelines.assets.partitions import forget_connections
from pipelines.settings import Settings
from warehouse.registry.store import open_registry
from warehouse.retention.rewriting import clean_sqlite

ENDED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


def clean_dagster(settings: Settings) -> None:
    """Delete every run that ended, with its events, logs and stored values, and what assets tell.

    Connections that collect no more are forgotten, too.

    Which of them speak of whom nobody can tell, and no promise keeps them; assets are told anew by
    the next run. Rows that are deleted leave their bytes in SQLite, so its files are written anew.
    """
    home = settings.layout.dagster_home
    if not home.is_dir():
        return
    with open_instance(settings) as instance:
        for run in instance.get_runs(RunsFilter(statuses=ENDED)):
            instance.delete_run(run.run_id)
            for folder in home.glob(f"*/{run.run_id}"):
                shutil.rmtree(folder)
        _wipe_assets(instance)
        living = open_registry(settings.registry).connections.living()
        forget_connections(instance, {each.connection_id for each in living})
    for database in home.rglob("*.db"):
        clean_sqlite(database)


def _wipe_assets(instance: DagsterInstance) -> None:
    instance.wipe_assets(instance.all_asset_keys())
