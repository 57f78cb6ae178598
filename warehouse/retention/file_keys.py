"""The keys of an encrypted lake's files: they lie in its catalog, and die there."""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from sqlalchemy import text

from warehouse.catalog import is_encrypted, open_catalog

KEY: Final = re.compile(rb"(?=([A-Za-z0-9+/]{22}==))")
"""128 bits as base64, wherever they lie in a page."""


def keys_by_file(catalog: str, condition: str = "true") -> dict[str, str]:
    """Return the key of every file that has one, by the file's name, which no other file has."""
    engine = open_catalog(catalog)
    if engine is None or not is_encrypted(catalog):
        return {}
    query = " union all ".join(
        f"select path, encryption_key from {table} where encryption_key is not null and {condition}"
        for table in ("ducklake_data_file", "ducklake_delete_file")
    )
    with engine.connect() as connection:
        return {Path(path).name: key for path, key in connection.execute(text(query)).tuples()}


def ended_keys(catalog: str) -> frozenset[str]:
    """Return what tells the keys that no living file needs: a digest each, never a key itself."""
    return _digests(keys_by_file(catalog, "end_snapshot is not null").values())


def are_destroyed(catalog: str, noted: Collection[str]) -> bool:
    """Tell whether the noted keys are gone from every byte of the catalog.

    The proof needs the bytes: a server's are out of reach. All keys in them must be those of
    living files, each of which must be seen, and none of which may be a noted one: a key that a
    living file shares with a deleted one was not destroyed.
    """
    kind, _, address = catalog.partition(":")
    if kind != "sqlite" or not noted:
        return False
    place = Path(address)
    seen = {
        key.decode()
        for path in place.parent.glob(f"{place.name}*")
        for key in KEY.findall(path.read_bytes())
    }
    living = set(keys_by_file(catalog).values())
    return seen == living and not _digests(living) & set(noted)


def _digests(keys: Collection[str]) -> frozenset[str]:
    return frozenset(hashlib.sha256(key.encode()).hexdigest() for key in keys)
