"""One DuckDB file per organization and per company, cut from the published snapshot.

A view over everybody's rows is no boundary against SQL; a file that holds nobody else's is one.
"""

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from time import monotonic

from warehouse.lake import Lake
from warehouse.layout import Holder, Layout
from warehouse.registry import deliveries
from warehouse.registry.database import Database
from warehouse.scope import REPORTS
from warehouse.serving.contents import (
    ABOUT_COLUMNS,
    Description,
    digest,
    file_of,
    published_tables,
)
from warehouse.serving.digests import Digest, Slice, read_digests
from warehouse.serving.file_builder import FileBuilder


@dataclass(frozen=True)
class Published:
    """What a publication of files did."""

    snapshot_id: int
    kept: int
    built: tuple[Path, ...] = ()
    removed: int = 0
    rows: int = 0
    bytes: int = 0
    seconds: float = 0


@dataclass(frozen=True)
class Built:
    """What lies there: the snapshot it is up to, the shape of files, and what is in each."""

    snapshot_id: int
    shape: str
    fingerprints: Mapping[Holder, str]


def publish_files(
    registry: Database, lake: Lake, descriptions: Mapping[str, Description]
) -> Published | None:
    """Bring every file to the published snapshot; None before there is one.

    Only files whose rows changed are built, in one pass over the marts for all of them. Each
    replaces the old one whole: a reader keeps what he opened, and a kill leaves the old file.
    Hold `lake.writing()`, which also keeps two from building.
    """
    began, layout = monotonic(), lake.layout
    served = deliveries.published_snapshot(registry)
    if served is None:
        return None
    shape = digest(
        [ABOUT_COLUMNS, sorted((name, *astuple(descriptions[name])) for name in descriptions)]
    )
    known = _read_built(layout, shape)
    if known.snapshot_id == served[0] and _are_there(layout, known.fingerprints):
        return Published(served[0], kept=len(known.fingerprints))
    shutil.rmtree(layout.building, ignore_errors=True)
    with lake.connect(served[0]) as connection:
        tables = published_tables(connection)
        # Reports are views of marts and change with them.
        marts = [table for table in tables if table not in REPORTS]
        found = fingerprints(read_digests(connection, served[0], marts, layout.digests))
        stale = [
            holder
            for holder, its in sorted(found.items())
            if known.fingerprints.get(holder) != its or not file_of(layout, holder).exists()
        ]
        # What a kill may leave is not known: the rows may be the old ones again by the next run.
        kept = {holder: its for holder, its in found.items() if holder not in stale}
        _write_built(layout, Built(-1, shape, kept))
        builder = FileBuilder(connection, layout, *served, tables, descriptions)
        rows = builder.build(stale, deliveries.every(registry)) if stale else 0
    removed = _remove_others(layout, {file_of(layout, holder) for holder in found})
    _write_built(layout, Built(served[0], shape, found))
    built = tuple(file_of(layout, holder) for holder in stale)
    size = sum(path.stat().st_size for path in built)
    return Published(served[0], len(kept), built, removed, rows, size, monotonic() - began)


def fingerprints(digests: Mapping[Slice, Digest]) -> dict[Holder, str]:
    """Return a fingerprint of everybody's rows: equal as long as the rows are, in any order."""
    facts: dict[Holder, list[list[object]]] = {}
    for key, its in digests.items():
        company_id, organization_id = key.island.company_id, key.island.organization_id or ""
        fact = [key.mart, organization_id, key.billing_period or "", *astuple(its)]
        for holder in {Holder(company_id), Holder(company_id, organization_id)}:
            facts.setdefault(holder, []).append(fact)
    return {holder: digest(sorted(its)) for holder, its in facts.items()}


def published_files(layout: Layout) -> list[Path]:
    """Return the files that readers may open."""
    files = [*layout.serving.glob("*.duckdb"), *layout.serving.glob("*/*.duckdb")]
    return sorted(path for path in files if layout.building not in path.parents)


def _are_there(layout: Layout, holders: Collection[Holder]) -> bool:
    return set(published_files(layout)) == {file_of(layout, holder) for holder in holders}


def _remove_others(layout: Layout, wanted: Collection[Path]) -> int:
    """Delete the files of those who have nothing any more: their data was deleted."""
    others = [path for path in published_files(layout) if path not in wanted]
    for path in others:
        path.unlink()
        if path.parent != layout.serving and not any(path.parent.iterdir()):
            path.parent.rmdir()
    return len(others)


def _read_built(layout: Layout, shape: str) -> Built:
    """Return what lies there; nothing when files of that shape were never built whole."""
    try:
        told = json.loads(layout.built_files.read_text("utf-8"))
    except (OSError, ValueError):
        told = {}
    if told.get("shape") != shape:
        return Built(-1, shape, {})
    files = {Holder(company, organization): its for company, organization, its in told["files"]}
    return Built(told["snapshot_id"], shape, files)


def _write_built(layout: Layout, built: Built) -> None:
    files = [[*astuple(holder), its] for holder, its in sorted(built.fingerprints.items())]
    told = {"snapshot_id": built.snapshot_id, "shape": built.shape, "files": files}
    arriving = layout.built_files.with_suffix(".arriving")
    layout.serving.mkdir(parents=True, exist_ok=True)
    arriving.write_text(json.dumps(told), "utf-8")
    arriving.replace(layout.built_files)
