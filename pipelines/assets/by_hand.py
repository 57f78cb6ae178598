"""A refresh by hand, told to Dagster: the UI shows the same assets, whoever set them in motion."""

from collections.abc import Iterable

from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
)

from pipelines.assets.evaluations import as_event
from pipelines.assets.files import FILES_KEY, files_metadata
from pipelines.assets.gates import as_results
from pipelines.assets.landing import DELIVERIES_KEY, outcome_metadata, whole
from pipelines.assets.partitions import know_connections, partition_key
from pipelines.assets.publication import published
from pipelines.assets.remarks import as_events
from pipelines.collecting import LANDED, Outcome
from pipelines.house import House
from pipelines.models import built_tables
from quality.gates.results import Result
from quality.remarks import Remark
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.serving.organization_files import Published


def report_landing(instance: DagsterInstance, outcomes: Iterable[Outcome]) -> None:
    """Record what landed as materializations of its partitions, and the check's verdict."""
    outcomes = list(outcomes)
    know_connections(instance, sorted({outcome.connection_id for outcome in outcomes}))
    for outcome in outcomes:
        if outcome.status == LANDED:
            instance.report_runless_asset_event(
                AssetMaterialization(
                    DELIVERIES_KEY,
                    partition=partition_key(outcome.connection_id, outcome.billing_period),
                    metadata=outcome_metadata(outcome),
                )
            )
    instance.report_runless_asset_event(as_event(whole(outcomes)))


def report_remarks(instance: DagsterInstance, found: Iterable[Remark]) -> None:
    """Record what deserves a look in what was loaded by hand."""
    for event in as_events(found):
        instance.report_runless_asset_event(event)


def report_gates(instance: DagsterInstance, examined: Iterable[Result]) -> None:
    """Record what the gates of loads by hand found, also of those that they undid."""
    for result in examined:
        for verdict in as_results(result):
            instance.report_runless_asset_event(as_event(verdict))


def report_load(instance: DagsterInstance, house: House, batch: Iterable[DeliveryRecord]) -> None:
    """Record the tables that a load by hand built, and what readers see since."""
    for schema, name in built_tables(house.settings):
        instance.report_runless_asset_event(
            AssetMaterialization(AssetKey([schema, name]), description="Built by hand.")
        )
    instance.report_runless_asset_event(published(house, batch))


def report_files(instance: DagsterInstance, served: Published | None) -> None:
    """Record the files that a refresh by hand built."""
    if served and (served.built or served.removed):
        instance.report_runless_asset_event(
            AssetMaterialization(FILES_KEY, metadata=files_metadata(served))
        )
