"""Search a whole house for words: its files, the keys in hand, and the tables of its servers."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import Connection, text

from warehouse.catalog import open_catalog
from warehouse.lake import Lake
from warehouse.registry.database import Database
from warehouse.retention.file_keys import keys_by_file
from warehouse.retention.rewriting import is_server
from warehouse.retention.scan import Found, any_of, scan


def search(lake: Lake, registry: Database, drops: Path, words: Iterable[str]) -> Found:
    """Look for words wherever the house keeps bytes, decoded and decrypted."""
    layout, wanted = lake.layout, set(words)
    # A backup has a term of its own, and who asked for it has it anyway.
    left_out = (layout.extensions, layout.sample, layout.backups)
    found = scan((*_places(lake, registry), drops), wanted, left_out, keys_by_file(lake.catalog))
    for engine in (open_catalog(lake.catalog), registry.engine):
        if engine is not None and is_server(engine) and wanted:
            pattern = re.compile(any_of(wanted))
            with engine.connect() as connection:
                for table, word in _in_server(connection, pattern):
                    found.add(Path(table), [word])
    return found


def _places(lake: Lake, registry: Database) -> Iterator[Path]:
    """The data folder, and what settings put elsewhere."""
    yield lake.layout.root
    yield Path(lake.data_path)
    kind, _, catalog = lake.catalog.partition(":")
    if kind == "sqlite":
        yield Path(catalog)
    if not is_server(registry.engine):
        yield Path(str(registry.engine.url.database))


def _in_server(connection: Connection, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """By column, as text: a whole row's text would escape what it quotes."""
    columns = text(
        "select quote_ident(table_schema) || '.' || quote_ident(table_name) as held_in,"
        "  string_agg('cast(' || quote_ident(column_name) || ' as text)', ', ') as words"
        " from information_schema.columns inner join information_schema.tables"
        "  using (table_catalog, table_schema, table_name)"
        # What the server's planner samples of the values of tables is a view.
        " where (table_schema = current_schema() and table_type = 'BASE TABLE')"
        "  or (table_schema, table_name) = ('pg_catalog', 'pg_stats')"
        " group by held_in"
    )
    for held_in, words in connection.execute(columns).tuples().all():
        rows = connection.execute(
            text(f"select {words} from {held_in}"), execution_options={"yield_per": 1000}
        )
        for row in rows:
            for value in row:
                yield from ((held_in, word) for word in pattern.findall(value or ""))
