"""How deep a deletion went: rows (L1), files (L2), keys of files that were never plain (L3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from warehouse.lake import Lake
from warehouse.registry.database import Database
from warehouse.retention.begun import Begun
from warehouse.retention.places import ERASED
from warehouse.retention.rewriting import is_server


@dataclass(frozen=True)
class Reached:
    """What a run could clean, and what nobody can read any more."""

    lake_files: bool = True
    registry: bool = True
    keys: bool = False
    """All keys of the files that went are gone from every byte of the catalog."""

    in_log: bool = False
    """A server's log, and its archive, keep old values until they are recycled."""

    copies: Mapping[str, object] = field(default_factory=dict)
    """What the servers that serve the marts tell of how they were cleaned."""

    def levels(self, each: Begun, lake_tables: Collection[str]) -> dict[str, object]:
        """Return the level of an item's rows in the lake, and the least of all its places."""
        in_lake = "L3" if self.keys else "L2" if self.lake_files else "L1"
        elsewhere = "L2" if self.registry else "L1"
        is_lake_alone = (
            each.item.of_stock
            and set(each.item.datasets) <= set(lake_tables)
            and not each.item.classes & ERASED.keys()
        )
        least = in_lake if is_lake_alone else min(in_lake, elsewhere)
        levels = {"level": least, "lake_level": in_lake, "in_write_ahead_log": self.in_log}
        return {**levels, **self.copies}


def has_log(lake: Lake, registry: Database) -> bool:
    """Tell whether the lake's catalog or the registry is kept by a server."""
    return lake.catalog.startswith("postgres:") or is_server(registry.engine)
