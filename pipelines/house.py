"""The open house: settings, registry and lake, as every step of a refresh needs them."""

from dataclasses import dataclass
from typing import Self

from pipelines.providers.contract import ConnectionConfig
from pipelines.settings import Settings
from warehouse.lake import Lake
from warehouse.registry.store import Registry, open_registry
from warehouse.registry.words import name_key


@dataclass(frozen=True)
class House:
    """Settings, registry and lake, opened together."""

    settings: Settings
    registry: Registry
    lake: Lake

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the registry (migrated) and address the lake."""
        layout = settings.layout
        layout.root.mkdir(parents=True, exist_ok=True)
        lake = Lake(
            layout,
            settings.catalog,
            settings.lake_data or str(layout.lake_data),
            settings.memory_limit,
            settings.threads,
            settings.lake_encrypted,
        )
        return cls(settings, open_registry(settings.registry), lake)

    def connections(self, only: str | None = None) -> list[ConnectionConfig]:
        """Return the connections that still collect, or the one asked for by id or name."""
        return [
            ConnectionConfig(
                connection_id=connection.connection_id,
                provider=connection.provider,
                location=connection.location,
                export_name=connection.export_name,
                dataset=connection.dataset,
                options=connection.options,
                secret=connection.secret,
            )
            for connection in self.registry.connections.living()
            if only is None
            or only == connection.connection_id
            or name_key(only) == name_key(connection.name)
        ]
