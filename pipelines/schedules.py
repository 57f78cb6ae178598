"""What the clock sets in motion."""

from collections.abc import Iterator
from datetime import timedelta

from dagster import (
    AssetSelection,
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    define_asset_job,
    schedule,
)

from pipelines.assets.alerts import ALERTS
from pipelines.assets.extracts import FINANCE, SENT_KEY
from pipelines.assets.landing import DELIVERIES_KEY
from pipelines.assets.partitions import know_connections, partition_key
from pipelines.assets.publication import PUBLICATION_KEY
from pipelines.assets.retention import RETENTION
from pipelines.assets.savings import SAVINGS
from pipelines.house import House
from pipelines.settings import settings
from warehouse.retention.policy import load_policy

land_job = define_asset_job(
    "land",
    selection=AssetSelection.assets(DELIVERIES_KEY),
    description="Fetch the deliveries of a connection's month, verify them, keep them.",
)

load_job = define_asset_job(
    "load",
    selection=AssetSelection.all()
    - AssetSelection.assets(DELIVERIES_KEY)
    - AssetSelection.assets(PUBLICATION_KEY)
    - AssetSelection.groups(RETENTION, FINANCE, ALERTS, SAVINGS),
    description="Load what has landed into the ledger and the marts, then let readers see it.",
)

deliver_job = define_asset_job(
    "deliver",
    selection=AssetSelection.assets(SENT_KEY),
    description="Write the extracts that are due; send those that changed.",
)

retain_job = define_asset_job(
    "retain",
    selection=AssetSelection.groups(RETENTION),
    description="Tell what is due, delete it, search for it, certify that it is gone.",
)

alert_job = define_asset_job(
    "alert",
    selection=AssetSelection.groups(ALERTS),
    description="Tell subscribers what is new to them.",
)

hourly_alerts = ScheduleDefinition(
    name="hourly_alerts",
    job=alert_job,
    # Quiet hours end at any hour of some time zone.
    cron_schedule="10 * * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Tell subscribers what is new, when their quiet hours allow it.",
)

recommend_job = define_asset_job(
    "recommend",
    selection=AssetSelection.groups(SAVINGS),
    description="Keep what to commit to, and propose the week's actions for approval.",
)

weekly_recommendations = ScheduleDefinition(
    name="weekly_recommendations",
    job=recommend_job,
    # Monday, after the weekend's bills: both kinds of days are in the last three.
    cron_schedule="0 9 * * 1",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Size commitments anew, and propose this week's part of what is missing.",
)

daily_retention = ScheduleDefinition(
    name="daily_retention",
    job=retain_job,
    # At night, where the policy counts days: what must be gone by midnight went three days before.
    cron_schedule="0 2 * * *",
    execution_timezone=load_policy().terms.time_zone,
    default_status=DefaultScheduleStatus.RUNNING,
    description="Delete what the retention policy says must go today.",
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
