"""Has a connection gone quiet: AWS delivers at least daily, so silence is a fault somewhere."""

from datetime import datetime, timedelta

from warehouse.registry import deliveries
from warehouse.registry.store import Registry


def stale_connections(registry: Registry, limit: timedelta, now: datetime) -> dict[str, str]:
    """Return, for each living connection without a delivery within `limit`, since when."""
    stale = {}
    for connection in registry.connections.living():
        arrived = [
            item.submitted_at
            for item in deliveries.of_connection(registry, connection.connection_id)
            if item.state != "refused"
        ]
        if not arrived:
            stale[connection.connection_id] = "nothing was ever delivered"
        elif max(arrived) < now - limit:
            stale[connection.connection_id] = f"last delivery {max(arrived):%Y-%m-%d %H:%M} UTC"
    return stale
