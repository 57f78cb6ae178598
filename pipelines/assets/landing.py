"""Landing: the providers' bytes, whole, in our own folder."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    Backoff,
    Jitter,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    asset,
)

from pipelines.assets.partitions import DELIVERIES, split_key
from pipelines.collecting import IN_FLIGHT, REFUSED, Outcome, collect
from pipelines.house import House
from pipelines.linking import link_new_accounts
from pipelines.settings import settings

DELIVERIES_KEY = AssetKey(["landing", "deliveries"])
WHOLE = AssetCheckSpec(
    "delivery_is_whole",
    asset=DELIVERIES_KEY,
    blocking=True,
    description="Every announced file arrived, unpacked, and read as a bill of its period.",
)


def whole(outcomes: Iterable[Outcome]) -> AssetCheckResult:
    """Pass when nothing announced is missing or unfit; else name what and why."""
    unfit = [outcome for outcome in outcomes if outcome.status in (IN_FLIGHT, REFUSED)]
    return AssetCheckResult(
        check_name=WHOLE.name,
        asset_key=DELIVERIES_KEY,
        passed=not unfit,
        severity=AssetCheckSeverity.ERROR,
        metadata={
            f"{outcome.connection_id} {outcome.billing_period}".strip(): MetadataValue.text(
                f"{outcome.status}: {outcome.message}"
            )
            for outcome in unfit
        },
    )


def outcome_metadata(outcome: Outcome) -> dict[str, str | int]:
    """Return what a person wants to know of a landed delivery."""
    return {
        "status": outcome.status,
        "delivery": outcome.delivery_id,
        "rows": outcome.row_count,
        "bytes": outcome.bytes,
        "message": outcome.message,
    }


def landing_asset() -> AssetsDefinition:
    """Build the asset that lands deliveries, one partition per connection and month."""

    @asset(
        key=DELIVERIES_KEY,
        group_name="landing",
        partitions_def=DELIVERIES,
        backfill_policy=BackfillPolicy.single_run(),
        check_specs=[WHOLE],
        retry_policy=RetryPolicy(
            max_retries=3, delay=30, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS
        ),
        kinds={"s3", "parquet"},
        description="Deliveries as the providers wrote them, with their manifests and hashes.",
    )
    def deliveries(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        house = House.open(settings())
        months: dict[str, list[str]] = defaultdict(list)
        for key in context.partition_keys:
            connection_id, period = split_key(key)
            months[connection_id].append(period)
        outcomes = []
        for connection_id, periods in months.items():
            for config in house.connections(connection_id):
                for outcome in collect(house, config, periods):
                    context.log.info("%s", outcome)
                    outcomes.append(outcome)
                context.log.info("linked accounts: %s", link_new_accounts(house, [config]))
        yield MaterializeResult(
            metadata={
                f"{outcome.connection_id} {outcome.billing_period}".strip(): MetadataValue.text(
                    f"{outcome.status}: {outcome.row_count:,} rows, {outcome.bytes:,} bytes,"
                    f" delivery {outcome.delivery_id} {outcome.message}"
                )
                for outcome in outcomes
            },
            check_results=[whole(outcomes)],
        )

    return deliveries
