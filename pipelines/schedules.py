"""What the clock sets in motion."""

from collections.abc import Iterator
from datetime import timedelta

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    RunRequest,
    ScheduleEvaluationContext,
    define_asset_job,
    schedule,
)

from pipelines.assets.landing import DELIVERIES_KEY
from pipelines.assets.models import PUBLICATION_KEY
from pipelines.assets.partitions import know_connections, partition_key
from pipelines.house import House
from pipelines.settings import settings

land_job = define_asset_job(
    "land",
    selection=AssetSelection.assets(DELIVERIES_KEY),
    description="Fetch the deliveries of a connection's month, verify them, keep them.",
)

load_job = define_asset_job(
    "load",
    selection=AssetSelection.all()
    - AssetSelection.assets(DELIVERIES_KEY)
    - AssetSelection.assets(PUBLICATION_KEY),
    description="Load what has landed into the ledger and the marts, then let readers see it.",
)


@schedule(
    job=land_job,
    # After AWS has usually written the day's first delivery.
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Land the open month and the one before it, which providers still restate.",
)
def daily_refresh(context: ScheduleEvaluationContext) -> Iterator[RunRequest]:
    """Request the last two months of every connection; the sensor loads what they bring."""
    house = House.open(settings())
    today = context.scheduled_execution_time
    months = [f"{today:%Y-%m}", f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"]
    connection_ids = [config.connection_id for config in house.connections()]
    know_connections(context.instance, connection_ids)
    for connection_id in connection_ids:
        for month in months:
            yield RunRequest(
                run_key=f"{connection_id}/{month}/{today:%Y-%m-%d}",
                partition_key=partition_key(connection_id, month),
            )
