"""Connection x month, and holder of extracts x month: both come and go while the house stands."""

from collections.abc import Collection
from datetime import UTC, datetime

from dagster import (
    DagsterInstance,
    DynamicPartitionsDefinition,
    MonthlyPartitionsDefinition,
    MultiPartitionKey,
    MultiPartitionsDefinition,
)

CONNECTIONS = DynamicPartitionsDefinition(name="connections")
MONTHS = MonthlyPartitionsDefinition(
    # Before AWS's oldest bill that anybody can still export.
    start_date=datetime(2019, 1, 1, tzinfo=UTC),
    end_offset=1,
    fmt="%Y-%m",
)
HOLDERS = DynamicPartitionsDefinition(name="holders")
EXTRACTS = MultiPartitionsDefinition({"holder": HOLDERS, "month": MONTHS})
DELIVERIES = MultiPartitionsDefinition({"connection": CONNECTIONS, "month": MONTHS})


def partition_key(connection_id: str, billing_period: str) -> MultiPartitionKey:
    """Return the key of one connection's month."""
    return MultiPartitionKey({"connection": connection_id, "month": billing_period})


def split_key(key: str) -> tuple[str, str]:
    """Return connection and billing period of a partition."""
    dimensions = DELIVERIES.get_partition_key_from_str(key).keys_by_dimension
    return dimensions["connection"], dimensions["month"]


def split_extract_key(key: str) -> tuple[str, str]:
    """Return the holder's folder and the month of a partition."""
    dimensions = EXTRACTS.get_partition_key_from_str(key).keys_by_dimension
    return dimensions["holder"], dimensions["month"]


def know_holders(instance: DagsterInstance, folders: list[str]) -> None:
    """Tell Dagster of organizations that were added since it last looked."""
    instance.add_dynamic_partitions("holders", folders)


def know_connections(instance: DagsterInstance, connection_ids: list[str]) -> None:
    """Tell Dagster of connections that were registered since it last looked."""
    instance.add_dynamic_partitions("connections", connection_ids)


def forget_partitions(instance: DagsterInstance, name: str, living: Collection[str]) -> None:
    """Let Dagster forget every connection that collects no more, every holder that was removed."""
    for known in instance.get_dynamic_partitions(name):
        if known not in living:
            instance.delete_dynamic_partition(name, known)
