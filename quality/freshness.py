"""Has a connection gone quiet: clouds deliver at least daily, so silence is a fault somewhere."""

from datetime import datetime, timedelta

from warehouse.registry import deliveries
from warehouse.registry.store import Registry
from warehouse.registry.words import fresh_within


def stale_connections(registry: Registry, limit: timedelta, now: datetime) -> dict[str, str]:
    """Return, for each living connection without a delivery within its time, since when.

    `limit` is for those whose option `fresh_within_hours` names no other.
    """
    stale = {}
    for connection in registry.connections.living():
        arrived = [
            item.submitted_at
            for item in deliveries.of_connection(registry, connection.connection_id)
            if item.state != "refused"
        ]
        if not arrived:
            stale[connection.connection_id] = "nothing was ever delivered"
        elif max(arrived) < now - fresh_within(connection.options, limit):
            stale[connection.connection_id] = f"last delivery {max(arrived):%Y-%m-%d %H:%M} UTC"
    return stale
