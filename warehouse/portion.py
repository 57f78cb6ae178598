"""A reader's portion of the marts: SQL may ask anything of it, because nothing else is in it."""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse import spilling
from warehouse.lake import Lake
from warehouse.scope import COMPANY_MARTS, MARTS, Scope
from warehouse.serving.contents import quoted
from warehouse.serving.isolated_process import FILE


@contextmanager
def portion(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    scopes: Mapping[str, Scope],
    wanted: Collection[str],
) -> Iterator[Path]:
    """Copy the wanted marts, cut to their scopes, into a file that has a folder to itself.

    `connection` has them as `lake`: the lake, or a published file. Views over all of it would be a
    cut that a question can walk around: by another schema, a file's name or a table function. The
    other marts are there too, empty. Gone when closed.
    """
    own = spilling.of_this_process(lake.layout)
    with tempfile.TemporaryDirectory(prefix="portion-", dir=own) as folder:
        file = Path(folder) / FILE
        connection.execute(f"attach {quoted(file)} as portion")
        try:
            connection.execute("create schema portion.marts")
            for mart in _published(connection):
                relation = scopes[mart].relation(mart)
                rows = "" if mart in wanted else " limit 0"
                connection.execute(
                    f"create table portion.marts.{mart} as select * from {relation.sql}{rows}",
                    dict(relation.values),
                )
        finally:
            connection.execute("detach portion")
        yield file


def _published(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the marts of the snapshot: an older one may not have all."""
    found = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = 'lake' and table_schema = 'marts'"
    ).fetchall()
    return sorted((MARTS | COMPANY_MARTS) & {name for (name,) in found})
