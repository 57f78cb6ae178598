"""The models as assets: one dbt invocation per run, every dbt test an asset check."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    Failure,
)
from dagster_dbt import (
    DagsterDbtTranslator,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from pipelines.assets.by_hand import report_gates
from pipelines.assets.publication import published
from pipelines.house import House
from pipelines.linking import link_new_accounts
from pipelines.loading import UndoneError, loading, told
from pipelines.models import BUILD, dbt_executable, failure, parse, prepare, target
from pipelines.platform.landing import REFUSED, land_drops
from pipelines.providers.contract import utc_now
from pipelines.settings import DBT_PROJECT, Settings, settings
from quality.gates import results
from warehouse.lake import handed_on


class HouseTranslator(DagsterDbtTranslator):
    """Group the models by the room of the dbt project they stand in."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return `staging`, `intermediate` or `marts`; seeds are `reference`."""
        is_seed = dbt_resource_props["resource_type"] == "seed"
        return "reference" if is_seed else str(dbt_resource_props["fqn"][1])


def start(
    dbt: DbtCliResource, target_path: Path, context: AssetExecutionContext | None = None
) -> DbtCliInvocation:
    """Start dbt, which shares the writer's lock: a run that is killed alone leaves it at work."""
    with handed_on():
        return dbt.cli([*BUILD], context=context, target_path=target_path)


def models_asset(house_settings: Settings) -> AssetsDefinition:
    """Build the multi-asset of all dbt models, loading whatever has landed."""
    # dagster-dbt starts dbt in this process's environment.
    os.environ.update(house_settings.dbt_environment)
    parse(house_settings)
    project = DbtProject(DBT_PROJECT, target_path=target(house_settings), profiles_dir=DBT_PROJECT)
    dbt = DbtCliResource(project_dir=project, dbt_executable=dbt_executable())

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        dagster_dbt_translator=HouseTranslator(),
        pool="lake",
        name="models",
    )
    def models(context: AssetExecutionContext) -> Iterator[Any]:
        house, started = House.open(settings()), utc_now()
        for drop in land_drops(house.settings.drops, house.settings.layout.landed_platform):
            context.log.log("WARNING" if drop.status == REFUSED else "INFO", "%s", drop)
        try:
            with loading(house) as batch:
                context.log.info("loading %s", told(batch) or "nothing new")
                prepare(house.settings)
                try:
                    yield from start(dbt, project.target_path, context).stream()
                except DagsterDbtCliRuntimeError as error:
                    raise failure(house.settings, str(error)) from error
        except UndoneError as error:
            report_gates(context.instance, results.since(house.settings.layout, started))
            raise Failure(description=str(error), allow_retries=False) from error
        context.log_event(published(house, batch))
        # Those that the new bills name; the sensor asks for the months they touch.
        context.log.info("linked accounts: %s", link_new_accounts(house, house.connections()))

    return models
