"""Extracts in Dagster: all files of an organization's month, and what is delivered by the clock."""

from typing import Final

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    Failure,
    MaterializeResult,
    MetadataValue,
    asset,
)

from pipelines.assets.partitions import EXTRACTS, split_extract_key
from pipelines.assets.publication import PUBLICATION_KEY
from pipelines.delivering import FAILED, deliver_due
from pipelines.extracting import write_all
from pipelines.house import House
from pipelines.settings import settings
from warehouse.registry.holders import every_holder

FINANCE: Final = "finance"
"""Not `extracts`: so the models are grouped that a load builds."""
FILES_KEY: Final = AssetKey([FINANCE, "files"])
SENT_KEY: Final = AssetKey([FINANCE, "deliveries"])


def extracts_asset() -> AssetsDefinition:
    """Build the asset of all monthly extracts, one partition per organization and month."""

    @asset(
        key=FILES_KEY,
        deps=[PUBLICATION_KEY],
        group_name=FINANCE,
        partitions_def=EXTRACTS,
        backfill_policy=BackfillPolicy.single_run(),
        kinds={"excel"},
        description="Every monthly extract of an organization's month, in the data folder.",
    )
    def files(context: AssetExecutionContext) -> MaterializeResult[None]:
        house = House.open(settings())
        holders = {each.folder: each for each in every_holder(house.registry, removed=False)}
        told = {}
        for key in context.partition_keys:
            folder, month = split_extract_key(key)
            if folder not in holders:
                raise Failure(f"{folder} holds no extracts: it is gone.", allow_retries=False)
            for name, said in write_all(house, holders[folder], month):
                told[f"{folder} {month} {name}"] = MetadataValue.text(said)
        return MaterializeResult(metadata=told)

    return files


def deliveries_asset() -> AssetsDefinition:
    """Build the asset of what was sent to where finance takes it."""

    @asset(
        key=SENT_KEY,
        deps=[PUBLICATION_KEY],
        group_name=FINANCE,
        # Two runs would send the same file twice.
        pool=FINANCE,
        description="The extracts that were due, as files in folders and buckets of others.",
    )
    def sent(context: AssetExecutionContext) -> MaterializeResult[None]:
        outcomes = list(deliver_due(House.open(settings())))
        failed = [outcome for outcome in outcomes if outcome.status == FAILED]
        for outcome in failed:
            context.log.error("%s", outcome)
        if failed:
            raise Failure(
                f"{len(failed)} of {len(outcomes)} extracts were not delivered and stay due.",
                metadata={each.name: each.message for each in failed},
                allow_retries=False,
            )
        return MaterializeResult(
            metadata={
                outcome.name: MetadataValue.text(f"{outcome.status}: {outcome.message}")
                for outcome in outcomes
            }
        )

    return sent
