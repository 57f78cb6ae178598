"""Bring what changed of the published marts into PostgreSQL, in one transaction.

Only slices whose digests differ are deleted and loaded again. Readers see all of it at the commit,
as rows are versioned: parts are never truncated or swapped here.
"""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
from psycopg import sql

from warehouse.scope import Island
from warehouse.serving.digests import Digest, Digests, Slice, keys_of
from warehouse.serving.postgres import shape
from warehouse.serving.postgres.server import Session, statement
from warehouse.serving.postgres.shape import Mart

CHUNK: Final = 1 << 20
NUL: Final = "chr(0)"
"""PostgreSQL's text has no NUL; a bill's may."""


@dataclass(frozen=True)
class Loaded:
    """What a sync brought."""

    snapshot_id: int
    slices: int
    rows: int
    deleted: int


@dataclass(frozen=True)
class Source:
    """The lake at the snapshot to serve, and a folder for what is on its way."""

    lake: duckdb.DuckDBPyConnection
    spill: Path


def served_digests(session: Session) -> dict[Slice, Digest]:
    """Return the digests of what is served."""
    found = session.execute(
        "select mart, company_id, organization_id, billing_period, row_count, digest"
        " from finhouse_store.slices join finhouse_store.slots using (slot)"
    )
    return {
        Slice(mart, Island(company_id, organization_id), period): Digest(count, value)
        for mart, company_id, organization_id, period, count, value in found
    }


def load(
    session: Session,
    source: Source,
    marts: Iterable[Mart],
    wanted: Digests,
    slots: Mapping[Island, int],
    snapshot: tuple[int, datetime],
) -> Loaded:
    """Replace the slices that differ from the snapshot's, and say which snapshot is served.

    Within the transaction of the caller, who holds the loader's lock.
    """
    served = served_digests(session)
    changed = {key for key in wanted.keys() | served.keys() if wanted.get(key) != served.get(key)}
    rows = deleted = 0
    for mart in marts:
        its = sorted(key for key in changed if key.mart == mart.name)
        if its:
            deleted += _delete(session, mart, its, slots)
            rows += _insert(session, source, mart, [key for key in its if key in wanted], slots)
    _note(session, changed, wanted, slots)
    session.execute(
        "update finhouse_store.about set snapshot_id = %s, published_at = %s, loaded_at = now(),"
        " loaded_in = pg_current_xact_id()::xid",
        snapshot,
    )
    return Loaded(snapshot[0], len(changed), rows, deleted)


def _delete(
    session: Session, mart: Mart, changed: Iterable[Slice], slots: Mapping[Island, int]
) -> int:
    periods: dict[int, list[str]] = {}
    for key in changed:
        periods.setdefault(slots[key.island], []).append(key.billing_period)
    deleted = 0
    for slot, its in periods.items():
        text = "delete from {s}.{m} where slot = %s" + (
            " and billing_period = any(%s)" if mart.has_period else ""
        )
        query = statement(text, s=shape.STORE, m=mart.name)
        count = session.execute(query, [slot, its] if mart.has_period else [slot]).rowcount
        session.execute(
            "update finhouse_store.parts set dead_count = dead_count + %s"
            " where mart = %s and slot = %s",
            [count, mart.name, slot],
        )
        deleted += count
    return deleted


def _insert(
    session: Session,
    source: Source,
    mart: Mart,
    changed: list[Slice],
    slots: Mapping[Island, int],
) -> int:
    """Copy rows by way of a temporary table: COPY goes into none with row-level security."""
    if not changed:
        return 0
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=source.spill) as folder:
        file = Path(folder) / f"{mart.name}.csv"
        _write(source.lake, mart, changed, slots, file)
        names = sql.SQL(", ").join(map(sql.Identifier, _columns(mart)))
        made = sql.SQL(
            "create temporary table arriving on commit drop as select {} from {} limit 0"
        )
        session.execute(made.format(names, sql.Identifier(shape.STORE, mart.name)))
        copied = r"copy pg_temp.arriving from stdin (format csv, null '\N')"
        with session.cursor() as cursor:
            with file.open("rb") as written, cursor.copy(copied) as copy:
                while chunk := written.read(CHUNK):
                    copy.write(chunk)
            inserted = sql.SQL("insert into {} ({}) select {} from pg_temp.arriving")
            cursor.execute(inserted.format(sql.Identifier(shape.STORE, mart.name), names, names))
            count = cursor.rowcount
            cursor.execute("drop table pg_temp.arriving")
    return count


def _write(
    lake: duckdb.DuckDBPyConnection,
    mart: Mart,
    changed: Iterable[Slice],
    slots: Mapping[Island, int],
    file: Path,
) -> None:
    """Write slices as CSV: text carries every decimal and instant exactly."""
    lake.execute(
        "create or replace temporary table changed"
        " (slot integer, company varchar, organization varchar, period varchar)"
    )
    lake.executemany(
        "insert into changed values (?, ?, ?, ?)",
        [
            (
                slots[key.island],
                key.island.company_id,
                key.island.organization_id,
                key.billing_period,
            )
            for key in changed
        ],
    )
    organization, period = keys_of(mart.names)
    texts = ", ".join(_text(name, kind) for name, kind in mart.columns)
    lake.execute(
        f"copy (select changed.slot, {texts} from lake.marts.{mart.name} as mart"
        f" join temp.changed on mart.company_id = changed.company"
        f" and {organization} = changed.organization and {period} = changed.period)"
        f" to '{str(file).replace(chr(39), chr(39) * 2)}'"
        r" (format csv, header false, nullstr '\N', force_quote *)"
    )


def _text(name: str, kind: str) -> str:
    if kind == "text":
        return f"replace(mart.{name}, {NUL}, '�')"
    if kind == "jsonb":
        # An escaped backslash before `u0000` is none of it: it stands for itself.
        found = r"((?:^|[^\\])(?:\\\\)*)\\u0000"
        return rf"regexp_replace(to_json(mart.{name})::varchar, '{found}', '\1�', 'g')"
    return f"mart.{name}"


def _columns(mart: Mart) -> list[str]:
    return [shape.SLOT, *mart.names]


def _note(
    session: Session, changed: Iterable[Slice], wanted: Digests, slots: Mapping[Island, int]
) -> None:
    keys = [(key.mart, slots[key.island], key.billing_period, key) for key in changed]
    with session.cursor() as cursor:
        cursor.executemany(
            "delete from finhouse_store.slices"
            " where mart = %s and slot = %s and billing_period = %s",
            [key[:3] for key in keys],
        )
        cursor.executemany(
            "insert into finhouse_store.slices values (%s, %s, %s, %s, %s)",
            [
                (*key[:3], wanted[key[3]].row_count, wanted[key[3]].value)
                for key in keys
                if key[3] in wanted
            ],
        )
