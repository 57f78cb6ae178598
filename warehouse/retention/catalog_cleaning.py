"""Take deleted values out of the lake's catalog, which remembers them."""

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from warehouse.catalog import open_catalog
from warehouse.retention.rewriting import is_server, write_anew

ORDERED_AS_TEXT: Final = ("varchar", "date", "timestamp")
ORDERED_AS_NUMBERS: Final = ("decimal", "int", "bigint")


def clean_catalog(catalog: str) -> bool:
    """Take deleted values out of the lake's catalog; False when it is none that we can clean.

    It keeps the least and the greatest value of every column for ever, also after their rows went.
    They may not be emptied: DuckLake takes what it later adds for the whole and would then skip
    files that have the rows asked for. So they are computed anew from the files that are left.
    """
    engine = open_catalog(catalog)
    if engine is None:
        return False
    with engine.connect() as connection:
        if not is_server(engine):
            connection.execute(text("pragma secure_delete = on"))
        for table_id, column_id, column_type in _columns(connection):
            _narrow(connection, table_id, column_id, column_type)
        connection.commit()
    tables = inspect(engine).get_table_names()
    return write_anew(engine, (name for name in tables if name.startswith("ducklake_")))


def _columns(connection: Connection) -> list[tuple[int, int, str]]:
    query = (
        "select stats.table_id, stats.column_id, columns.column_type"
        " from ducklake_table_column_stats as stats inner join ducklake_column as columns"
        "  on stats.table_id = columns.table_id and stats.column_id = columns.column_id"
        " where columns.end_snapshot is null"
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(text(query))]


def _narrow(connection: Connection, table_id: int, column_id: int, column_type: str) -> None:
    query = (
        "select stats.min_value, stats.max_value, stats.value_count, stats.null_count"
        " from ducklake_file_column_stats as stats inner join ducklake_data_file as files"
        "  on stats.data_file_id = files.data_file_id"
        " where stats.table_id = :table_id and stats.column_id = :column_id"
        " and files.end_snapshot is null"
    )
    its = {"table_id": table_id, "column_id": column_id}
    in_files = connection.execute(text(query), its).tuples().all()
    filled = [row for row in in_files if row[0] is not None and row[1] is not None]
    is_known = all(row in filled or row[2] == 0 or row[2] == row[3] for row in in_files)
    order = _order(column_type)
    if order is None or not is_known:
        return
    least = min((row[0] for row in filled), key=order, default=None)
    greatest = max((row[1] for row in filled), key=order, default=None)
    update = (
        "update ducklake_table_column_stats set min_value = :least, max_value = :greatest"
        " where table_id = :table_id and column_id = :column_id"
    )
    connection.execute(text(update), its | {"least": least, "greatest": greatest})


def _order(column_type: str) -> Any:
    if column_type.startswith(ORDERED_AS_NUMBERS):
        return Decimal
    if column_type.startswith(ORDERED_AS_TEXT):
        return lambda value: value.encode()
    return None
