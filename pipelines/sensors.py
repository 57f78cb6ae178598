"""What sets work in motion when something happened."""

from collections.abc import Iterator

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from pipelines.assets.partitions import know_connections, know_holders, partition_key
from pipelines.house import House
from pipelines.loading import is_due
from pipelines.providers.contract import BillError, Delivery, utc_now
from pipelines.providers.registry import provider_for
from pipelines.schedules import deliver_job, land_job, load_job
from pipelines.settings import settings
from warehouse.registry import deliveries
from warehouse.registry.holders import every_holder


@sensor(
    job=land_job,
    minimum_interval_seconds=15 * 60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Ask every connection what it has delivered; land what is new.",
)
def new_deliveries(context: SensorEvaluationContext) -> Iterator[RunRequest | SkipReason]:
    """Request one landing run per delivery not seen before; its id makes the request unique."""
    house = House.open(settings())
    configs = house.connections()
    know_connections(context.instance, [config.connection_id for config in configs])
    for config in configs:
        known = {
            (item.billing_period, item.delivery_id)
            for item in deliveries.of_connection(house.registry, config.connection_id)
        }
        try:
            for announced in provider_for(config).deliveries():
                if not isinstance(announced, Delivery):
                    continue
                period = str(announced.billing_period)
                if (period, announced.delivery_id) not in known:
                    yield RunRequest(
                        run_key=f"{config.connection_id}/{period}/{announced.delivery_id}",
                        partition_key=partition_key(config.connection_id, period),
                    )
        except BillError as error:
            yield SkipReason(f"{config.connection_id}: {error}")


@sensor(
    job=load_job,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Load what has landed, all of it in one run.",
)
def landed_deliveries(_context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """Request a load when a landed delivery waits; the set that waits makes it unique.

    Accounts that changed hands, drops of the platform and a new day ask for one too, hourly at
    most when it fails.
    """
    house = House.open(settings())
    waiting = deliveries.pending(house.registry)
    if waiting:
        newest = max(item.landed_at for item in waiting)
        state = ",".join(sorted({item.state for item in waiting}))
        # What is loaded once more landed long ago: only its message is new.
        why = ",".join(sorted({item.message for item in waiting if item.state == "landed"}))
        return RunRequest(run_key=f"{state}/{len(waiting)}/{newest.isoformat()}/{why}")
    if not is_due(house):
        return SkipReason("everything that landed is loaded")
    served = deliveries.published_snapshot(house.registry)
    return RunRequest(run_key=f"due/{served[0] if served else 0}/{utc_now():%Y-%m-%dT%H}")


@sensor(
    job=deliver_job,
    minimum_interval_seconds=5 * 60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Deliver the extracts that are due; hourly at most while one fails.",
)
def due_extracts(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """Request a delivery when an extract is due, and keep the partitions of extracts known."""
    house = House.open(settings())
    living = every_holder(house.registry, removed=False)
    know_holders(context.instance, [each.folder for each in living if each.organization_id])
    due = house.registry.schedules.due()
    served = deliveries.published_snapshot(house.registry)
    if not due or served is None:
        return SkipReason("no extract is due")
    ids = ",".join(each.schedule_id for each in due)
    return RunRequest(run_key=f"{ids}/{served[0]}/{utc_now():%Y-%m-%dT%H}")
