"""The control plane: system of record for who holds what, with its history."""

from warehouse.registry.errors import RegistryError
from warehouse.registry.sources import Source
from warehouse.registry.store import Registry, open_registry

__all__ = ["Registry", "RegistryError", "Source", "open_registry"]
