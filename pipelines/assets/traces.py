"""What Dagster remembers of past runs: events and logs hold words of bills that were refused."""

import shutil

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from pipelines.assets.instance import open_instance
from pipelines.assets.partitions import forget_partitions
from pipelines.settings import Settings
from warehouse.registry.holders import every_holder
from warehouse.registry.store import open_registry
from warehouse.retention.rewriting import clean_sqlite

ENDED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


def clean_dagster(settings: Settings) -> None:
    """Delete every run that ended, with its events, logs and stored values, and what assets tell.

    Partitions of connections that collect no more and of holders that were removed go, too.

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
        registry = open_registry(settings.registry)
        living = {
            "connections": {each.connection_id for each in registry.connections.living()},
            "holders": {each.folder for each in every_holder(registry, removed=False)},
        }
        for name, keys in living.items():
            forget_partitions(instance, name, keys)
    for database in home.rglob("*.db"):
        clean_sqlite(database)


def _wipe_assets(instance: DagsterInstance) -> None:
    instance.wipe_assets(instance.all_asset_keys())
