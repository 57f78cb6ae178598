"""Retention by the clock: what is due, and the proof that it went."""

import json
from collections.abc import Iterator
from typing import Final

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Failure,
    MaterializeResult,
    MetadataValue,
    asset,
)

from pipelines.assets.traces import clean_dagster
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from pipelines.settings import settings
from warehouse.lake import LakeError
from warehouse.retention.dates import local_date
from warehouse.retention.items import Item
from warehouse.retention.policy import RetentionError

RETENTION: Final = "retention"
DUE_KEY: Final = AssetKey([RETENTION, "due"])
DELETIONS_KEY: Final = AssetKey([RETENTION, "deletions"])
GONE: Final = AssetCheckSpec(
    "nothing_is_past_due",
    asset=DELETIONS_KEY,
    blocking=True,
    description="Nothing is left whose last day is over, and the certificates are intact.",
)


def due_asset() -> AssetsDefinition:
    """Build the asset that tells what goes when and why, by company."""

    @asset(
        key=DUE_KEY,
        group_name=RETENTION,
        description="What has a date: rule, company, organization, month, rows, bytes, the dates.",
    )
    def due() -> MaterializeResult[None]:
        house = House.open(settings())
        engine = retention_engine(house)
        plan = engine.plan(local_date(utc_now(), engine.policy))
        return MaterializeResult(
            metadata={
                "due": MetadataValue.int(len(plan.due)),
                "bytes": MetadataValue.int(sum(item.bytes for item in plan.due)),
                "blocked": MetadataValue.int(sum(bool(item.blocked_by) for item in plan.items)),
                **{item.key: MetadataValue.text(_told(item)) for item in plan.due},
            }
        )

    return due


def deletions_asset() -> AssetsDefinition:
    """Build the asset that deletes what is due and certifies it."""

    @asset(
        key=DELETIONS_KEY,
        deps=[DUE_KEY],
        group_name=RETENTION,
        pool="lake",
        check_specs=[GONE],
        description="Certificates of what was deleted: tokens and counts, no names.",
    )
    def deletions(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        house = House.open(settings())
        engine = retention_engine(house, lambda: clean_dagster(house.settings))
        try:
            written = engine.run(utc_now())
        except (RetentionError, LakeError) as error:
            raise Failure(description=str(error), allow_retries=False) from error
        for link in written:
            context.log.info("certificate %s: %s", link.sequence, link.document)
        today = local_date(utc_now(), engine.policy)
        late = [
            item
            for item in engine.plan(today).items
            if item.dates.gone_before <= today and not item.blocked_by
        ]
        yield MaterializeResult(
            metadata={
                "certificates": MetadataValue.int(engine.check_chain()),
                "deleted rows": MetadataValue.int(
                    sum(json.loads(link.document)["deleted_rows"] for link in written)
                ),
            },
            check_results=[
                AssetCheckResult(
                    check_name=GONE.name,
                    asset_key=DELETIONS_KEY,
                    passed=not late,
                    metadata={item.key: MetadataValue.text(_told(item)) for item in late},
                )
            ],
        )

    return deletions


def _told(item: Item) -> str:
    dates = item.dates
    return (
        f"{item.rule}: {item.rows:,} rows, {item.bytes:,} bytes in {', '.join(item.datasets)};"
        f" scheduled on {dates.scheduled_on}, gone before {dates.gone_before}"
    )
