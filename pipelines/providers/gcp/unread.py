"""Which raw fields of an export no model reads: named, so that a new one is noticed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
from duckdb.sqltypes import DuckDBPyType

from pipelines.providers.gcp import values
from pipelines.providers.gcp.columns import Columns
from pipelines.providers.gcp.relations import FILE, MAX_LINE, Source
from pipelines.providers.reading import quoted
from warehouse.registry.deliveries import UNREAD

SAMPLED: Final = 1_000
"""Lines of a JSON file that tell its fields: BigQuery writes every field, the empty ones too."""
Shape = Mapping[str, Any]
"""Field -> the fields in it, none of what is no struct."""


def unread_fields(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    file_type: str,
    source: Source,
    columns: Columns,
) -> dict[str, str]:
    """Return the raw fields that no model reads, as further columns of the delivery."""
    if file_type == "parquet":
        shape: Shape = {source.names[name]: _of_type(kind) for name, kind in source.types.items()}
    else:
        shape = _of_lines(connection, files)
    return dict.fromkeys(_unread(shape, columns), UNREAD)


def _unread(shape: Shape, columns: Columns) -> Iterator[str]:
    """Inside a field that nobody reads anything of, names may be a customer's own words."""
    read = {tuple(part.lower() for part in field.path) for field in columns.fields}
    parents = {path[0] for path in read if path[1:]}
    for name, inner in shape.items():
        key = name.lower()
        if key in parents:
            yield from (f"{name}.{each}" for each in inner if (key, each.lower()) not in read)
        elif (key,) not in read and key != FILE:
            yield name


def _of_type(kind: DuckDBPyType) -> Shape:
    return dict(values.children(kind)) if kind.id == "struct" else {}


def _of_lines(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> Shape:
    sampled = " union all ".join(
        "(select json from read_ndjson_objects("
        f"{quoted(str(path))}, maximum_object_size = {MAX_LINE}) limit {SAMPLED})"
        for path in files
    )
    [(found,)] = connection.execute(
        f"select json_group_structure(json) from ({sampled})"
    ).fetchall()
    shape = json.loads(found or "{}")
    return {
        name: inner if isinstance(inner, dict) else {}
        for name, inner in (shape if isinstance(shape, dict) else {}).items()
    }
