"""Retention as this installation runs it: its models' data classes, its limits, its tools."""

from collections.abc import Callable

from pipelines.house import House
from pipelines.models import data_classes
from warehouse.retention.engine import Engine
from warehouse.retention.policy import load_policy


def nothing() -> None:
    """Leave the tools' memory as it is: a plan deletes nothing."""


def retention_engine(house: House, clean_tools: Callable[[], None] = nothing) -> Engine:
    """Build the engine over a house. Raises RetentionError when the policy cannot be read."""
    settings = house.settings
    return Engine(
        house.registry,
        house.lake,
        load_policy(),
        data_classes(),
        settings.drops,
        clean_tools,
        settings.retention_self_approved_bytes,
        (settings.retention_copy,) if settings.retention_copy else (),
    )
