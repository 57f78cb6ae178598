"""Retention as this installation runs it: its models' data classes, its limits, its tools."""

from collections.abc import Callable

from pipelines.house import House
from pipelines.models import data_classes
from pipelines.serving import descriptions
from warehouse.retention.engine import Engine
from warehouse.retention.policy import load_policy
from warehouse.serving.organization_files import publish_files


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
        clean_tools,
        # The engine holds the lake's lock, which serve() would wait for.
        lambda: publish_files(house.registry, house.lake, descriptions()),
        settings.retention_self_approved_bytes,
        (settings.retention_copy,) if settings.retention_copy else (),
    )
