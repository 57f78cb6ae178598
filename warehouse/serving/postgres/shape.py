"""What the marts look like in PostgreSQL: one table per mart, one part of it per organization.

Members ask views in the schema of a menu. The tables behind them lie in a schema that no member
may enter, under row-level security that holds for their owner, too. Each organization of a company
has a part of its own, and its policy names the part by a constant: whoever asks, the planner leaves
out the others' before it counts anything, so that not even an estimate tells of them.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import duckdb
from psycopg import sql

from warehouse.scope import COMPANY_MARTS, MARTS, MENU_OF, REPORTS
from warehouse.serving.postgres.server import READERS, PostgresError, Session, role_of, statement

STORE: Final = "finhouse_store"
ABOUT: Final = "finhouse"
OWNER: Final = "owner"
"""Schema of what is a company's and no organization's, and the right that opens it."""
SLOT: Final = "slot"
PERIOD: Final = "billing_period"
TYPES: Final = MappingProxyType(
    {
        "BIGINT": "bigint",
        "BOOLEAN": "boolean",
        "DATE": "date",
        "DOUBLE": "double precision",
        "HUGEINT": "numeric(38,0)",
        "INTEGER": "integer",
        "TIMESTAMP": "timestamp with time zone",
        "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
        "VARCHAR": "text",
    }
)
NESTED: Final = ("MAP", "STRUCT")


def menu_of(mart: str) -> str:
    """Return the menu that opens a mart; reports are the commitments'."""
    if mart in COMPANY_MARTS:
        return OWNER
    return "commitments" if mart in REPORTS else MENU_OF[mart]


MENUS: Final = tuple(sorted({menu_of(mart) for mart in MARTS | REPORTS | COMPANY_MARTS}))


@dataclass(frozen=True)
class Mart:
    """A mart of the lake, and the PostgreSQL type of each of its columns."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def menu(self) -> str:
        """The menu that opens it: the schema it is found in."""
        return menu_of(self.name)

    @property
    def names(self) -> list[str]:
        """The names of its columns, in their order."""
        return [name for name, _ in self.columns]

    @property
    def has_period(self) -> bool:
        """Tell whether its rows belong to months."""
        return PERIOD in self.names


def read_marts(lake: duckdb.DuckDBPyConnection) -> list[Mart]:
    """Return what of the published marts the snapshot has: an older one may lack some."""
    found = lake.execute(
        "select table_name, list((column_name, data_type) order by ordinal_position)"
        " from information_schema.columns"
        " where table_catalog = 'lake' and table_schema = 'marts' group by table_name"
    ).fetchall()
    return [
        Mart(name, tuple((column, _type(name, column, kind)) for column, kind in columns))
        for name, columns in sorted(found)
        if name in MARTS | REPORTS | COMPANY_MARTS
    ]


def _type(mart: str, column: str, kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return kind.replace("DECIMAL", "numeric")
    if kind.startswith(NESTED) or kind.endswith("]"):
        return "jsonb"
    if kind not in TYPES:
        raise PostgresError(f"{mart}.{column} is {kind}, which has no type in PostgreSQL yet.")
    return TYPES[kind]


def create_store(session: Session) -> None:
    """Make the schemas, the roles of the menus and the books of the loader, once."""
    readers = role_of(session, READERS)
    for role in (readers, *(role_of(session, menu) for menu in MENUS)):
        if not session.execute("select from pg_roles where rolname = %s", [role]).rowcount:
            session.execute(statement("create role {role} nologin", role=role))
    database = session.info.dbname
    session.execute(statement("grant connect on database {d} to {m}", d=database, m=readers))
    for schema in (STORE, ABOUT, *MENUS):
        session.execute(statement("create schema if not exists {schema}", schema=schema))
    session.execute(statement("grant usage on schema {s} to {m}", s=ABOUT, m=readers))
    for menu in MENUS:
        session.execute(
            statement("grant usage on schema {s} to {r}", s=menu, r=role_of(session, menu))
        )
    if not has_store(session):
        session.execute(BOOKS)
        session.execute(statement('grant select on finhouse."_about" to {m}', m=readers))


LOCK: Final = "lock table finhouse_store.about in share row exclusive mode"
"""One loader at a time. Readers are not in its way."""
BOOKS: Final = """\
create table finhouse_store.slots (
    slot integer generated always as identity primary key,
    company_id text not null,
    organization_id text not null,
    unique (company_id, organization_id)
);
create table finhouse_store.slices (
    mart text not null,
    slot integer not null,
    billing_period text not null,
    row_count bigint not null,
    digest text not null,
    primary key (mart, slot, billing_period)
);
create table finhouse_store.parts (
    mart text not null,
    slot integer not null,
    dead_count bigint not null default 0,
    primary key (mart, slot)
);
create table finhouse_store.about (
    is_it boolean primary key default true check (is_it),
    snapshot_id bigint,
    published_at timestamptz,
    loaded_at timestamptz,
    loaded_in xid
);
insert into finhouse_store.about default values;
create table finhouse_store.leaving (role_name text primary key);
create view finhouse."_about" with (security_barrier) as
    select snapshot_id, published_at, loaded_at from finhouse_store.about;
"""
"""What is served, slice by slice, and how many rows of each part are dead. No member reads it."""


def has_store(session: Session) -> bool:
    """Tell whether anything was ever served here."""
    return bool(
        session.execute(
            "select from pg_class where relname = 'about' and relnamespace ="
            " (select oid from pg_namespace where nspname = 'finhouse_store')"
        ).rowcount
    )


def create_mart(session: Session, mart: Mart) -> None:
    """Make a mart's table and view. Whoever reads the mart by that name waits meanwhile."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in mart.columns
    )
    made = sql.SQL("create table {} (slot integer not null, {}) partition by list (slot)")
    session.execute(made.format(sql.Identifier(STORE, mart.name), columns))
    for text in (
        "alter table {s}.{m} enable row level security, force row level security",
        "create policy loader on {s}.{m} to current_user using (true) with check (true)",
    ):
        session.execute(statement(text, s=STORE, m=mart.name))
    if mart.has_period:
        session.execute(statement("create index on {s}.{m} (billing_period)", s=STORE, m=mart.name))
    names = sql.SQL(", ").join(map(sql.Identifier, mart.names))
    view = sql.SQL(
        "create view {} with (security_invoker, security_barrier) as select {} from {}"
    ).format(sql.Identifier(mart.menu, mart.name), names, sql.Identifier(STORE, mart.name))
    session.execute(view)
    for schema in (STORE, mart.menu):
        session.execute(
            statement(
                "grant select on {s}.{m} to {r}",
                s=schema,
                m=mart.name,
                r=role_of(session, mart.menu),
            )
        )


def drop_mart(session: Session, name: str) -> None:
    """Drop a mart's table, its parts and its view."""
    session.execute(statement("drop table {s}.{m} cascade", s=STORE, m=name))


def served_columns(session: Session) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the marts that are there, with their columns as they were made."""
    found = session.execute(
        "select c.relname, array_agg(a.attname::text order by a.attnum),"
        " array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum)"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = 'finhouse_store'::regnamespace and c.relkind = 'p'"
        " and a.attnum > 0 and not a.attisdropped and a.attname <> 'slot' group by c.relname"
    )
    return {name: tuple(zip(names, kinds, strict=True)) for name, names, kinds in found}


def part_name(mart: str, slot: int) -> str:
    """Return the table of one organization's part of a mart."""
    return f"{mart}_{slot}"
