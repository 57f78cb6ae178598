"""The models: one dbt invocation per refresh, then readers see its result or none of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    Failure,
    MetadataValue,
)
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from pipelines.house import House
from pipelines.loading import plan, publish, sweep, withdraw
from pipelines.settings import DBT_PROJECT, Settings, settings
from warehouse.lake import install_extensions
from warehouse.registry.deliveries import DeliveryRecord

PUBLICATION_KEY = AssetKey(["serving", "publication"])
# Unit tests check the models, not the data: the test suite runs them.
BUILD = ("build", "--exclude-resource-type", "unit_test")


class HouseTranslator(DagsterDbtTranslator):
    """Group the models by the room of the dbt project they stand in."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Return `staging`, `intermediate` or `marts`; seeds are `reference`."""
        is_seed = dbt_resource_props["resource_type"] == "seed"
        return "reference" if is_seed else str(dbt_resource_props["fqn"][1])


def dbt_project(house_settings: Settings) -> DbtProject:
    """Return the dbt project, parsed anew when a file of it is younger than its manifest."""
    os.environ.update(house_settings.dbt_environment)
    target = house_settings.layout.dbt / "target"
    project = DbtProject(DBT_PROJECT, target_path=target, profiles_dir=DBT_PROJECT)
    if _is_stale(project.manifest_path):
        house_settings.layout.lake_catalog.parent.mkdir(parents=True, exist_ok=True)
        install_extensions(house_settings.layout.extensions)
        command = [dbt_executable(), "parse", "--quiet"]
        subprocess.run(command, cwd=DBT_PROJECT, check=True)  # noqa: S603 - our own command
    return project


def dbt_executable() -> str:
    """Return the dbt of this environment: the PATH of a scheduler may hold another."""
    return str(Path(sys.executable).with_name("dbt"))


def _is_stale(manifest: Path) -> bool:
    if not manifest.exists():
        return True
    sources = (path for path in DBT_PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".csv"})
    return max(path.stat().st_mtime for path in sources) > manifest.stat().st_mtime


def told(batch: Iterable[DeliveryRecord]) -> str:
    """Name deliveries for a person."""
    return ", ".join(f"{i.connection_id} {i.billing_period} {i.delivery_id}" for i in batch)


def failed_nodes(target: Path) -> list[str]:
    """Return what failed in dbt's last run and what it said, from its own record."""
    try:
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        return []
    return [
        f"{result['unique_id'].split('.')[2]}: {str(result['message']).strip()}"
        for result in results
        if result["status"] in ("error", "fail")
    ]


def models_asset(house_settings: Settings) -> AssetsDefinition:
    """Build the multi-asset of all dbt models, loading whatever has landed."""
    project = dbt_project(house_settings)
    dbt = DbtCliResource(project_dir=project, dbt_executable=dbt_executable())

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        dagster_dbt_translator=HouseTranslator(),
        pool="lake",
        name="models",
    )
    def models(context: AssetExecutionContext) -> Iterator[Any]:
        house = House.open(settings())
        with house.lake.writing():
            batch = plan(house)
            context.log.info("loading %s deliveries", len(batch))
            try:
                yield from dbt.cli(
                    [*BUILD], context=context, target_path=project.target_path
                ).stream()
            except DagsterDbtCliRuntimeError as error:
                reason = "; ".join(failed_nodes(project.target_path)) or str(error)
                withdraw(house, batch, reason)
                raise Failure(
                    description=f"{told(batch)}: {reason}. The run was undone: readers keep the"
                    " old numbers. Several deliveries are tried again one by one.",
                    allow_retries=False,
                ) from error
            snapshot_id = publish(house, batch)
            sweep(house)
        context.log_event(
            AssetMaterialization(
                PUBLICATION_KEY,
                description="What readers see.",
                metadata={
                    "snapshot": MetadataValue.int(snapshot_id),
                    "deliveries": MetadataValue.text(told(batch)),
                    "rows": MetadataValue.int(sum(item.row_count or 0 for item in batch)),
                },
            )
        )

    return models
