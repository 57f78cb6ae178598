"""Retention as this installation runs it: its models' data classes, its limits, its tools."""

from collections.abc import Callable

from pipelines.house import House
from pipelines.models import data_classes
from pipelines.postgres import postgres_door
from pipelines.serving import descriptions
from warehouse.retention.engine import Engine
from warehouse.retention.policy import RetentionError, load_policy
from warehouse.serving.organization_files import publish_files
from warehouse.serving.postgres.server import PostgresError


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
        lambda: _serve(house),
        settings.retention_self_approved_bytes,
        tuple(filter(None, (settings.retention_copy, settings.backup_dir))),
        settings.backups,
    )


def _serve(house: House) -> dict[str, object]:
    """Publish what is left, where readers open it, within the lock that the engine holds."""
    publish_files(house.registry, house.lake, descriptions())
    if house.settings.postgres_url is None:
        return {}
    try:
        return {"postgres": postgres_door(house).forget()}
    except PostgresError as error:
        raise RetentionError(f"NOT_GONE: {error} No certificate was written.") from error
