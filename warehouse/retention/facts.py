"""What happened and what there is, as the registry, the lake and the folders tell it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
from sqlalchemy import Connection, func, select

from warehouse.lake import Lake
from warehouse.layout import Holder, Layout
from warehouse.registry.access_tables import deletion_requests, legal_holds, members
from warehouse.registry.database import Database
from warehouse.registry.holders import every_holder
from warehouse.registry.retention_tables import company_requests, suppressions
from warehouse.registry.tables import UtcDateTime, companies, connections, deliveries, history
from warehouse.registry.words import name_key
from warehouse.retention.events import (
    CompanyFacts,
    Deletion,
    Departure,
    Early,
    Events,
    HoldFacts,
    Stock,
)
from warehouse.retention.people import PERSONAL
from warehouse.retention.policy import RetentionError
from warehouse.retention.told import Platform, know_leavers, read_told, told_in

LAKE_SCHEMAS = ("intermediate", "marts")


def read_events(registry: Database) -> Events:
    """Return all that retention depends on, of one moment."""
    with registry.read() as tx:
        asked = {
            (row.company_id, row.kind): row.requested_at
            for row in tx.execute(select(company_requests))
        }
        hold = legal_holds.c
        return Events(
            tuple(_companies(tx, asked)),
            tuple(
                Deletion(row.company_id, row.organization_id, row.requested_at)
                for row in tx.execute(select(deletion_requests))
            ),
            tuple(_departures(tx)),
            tuple(
                HoldFacts(*row)
                for row in tx.execute(
                    select(hold.company_id, hold.organization_id, hold.member_id, hold.lifted_at)
                )
            ),
            tuple(
                Early(company_id, at)
                for (company_id, kind), at in asked.items()
                if kind == "early_deletion"
            ),
        )


def _departures(tx: Connection) -> Iterator[Departure]:
    """Who left, with when his address was somebody else's, before him or after."""
    member = members.c
    of_address = (member.company_id, member.email_key)
    by_time = (member.created_at, member.member_id)
    every = select(
        *(member.company_id, member.member_id, member.removed_at),
        *(member.created_at, member.email, member.email_key),
        func.lag(member.member_id).over(partition_by=of_address, order_by=by_time).label("before"),
        func.lead(member.created_at, type_=UtcDateTime)
        .over(partition_by=of_address, order_by=by_time)
        .label("until"),
    ).subquery()
    for row in tx.execute(select(every).where(every.c.removed_at.is_not(None))):
        since = row.created_at if row.before else None
        emails = (name_key(row.email), row.email_key)
        identity = (row.company_id, row.member_id, row.removed_at)
        yield Departure(*identity, emails, since, row.until)


def _companies(tx: Connection, asked: Mapping[tuple[str, str], datetime]) -> Iterator[CompanyFacts]:
    changed = select(history.c.company_id, func.max(history.c.occurred_at)).where(
        history.c.event_type == "company_plan_changed"
    )
    since = dict(tx.execute(changed.group_by(history.c.company_id)).tuples().all())
    for row in tx.execute(select(companies)):
        ended = asked.get((row.company_id, "trial_end")) if row.plan == "trial" else None
        yield CompanyFacts(
            row.company_id,
            row.plan,
            since.get(row.company_id, row.created_at),
            ended,
            asked.get((row.company_id, "withdrawal")),
        )


def suppressed_accounts(registry: Database) -> dict[str, set[str]]:
    """Return what deleted organizations held: organization -> accounts."""
    found: dict[str, set[str]] = {}
    query = select(suppressions.c.organization_id, suppressions.c.account_id)
    with registry.read() as tx:
        for organization_id, account_id in tx.execute(query):
            found.setdefault(organization_id, set()).add(account_id)
    return found


def lake_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, frozenset[str]]]:
    """Return the lake's tables: name -> schema and columns."""
    found = connection.execute(
        "select table_name, any_value(tables.schema_name), list(column_name)"
        " from duckdb_tables() as tables inner join duckdb_columns() as columns"
        "  using (database_name, schema_name, table_name)"
        " where database_name = 'lake' group by table_name"
    ).fetchall()
    return {name: (schema, frozenset(columns)) for name, schema, columns in found}


def read_stocks(
    registry: Database, lake: Lake, classes: Mapping[str, str], layout: Layout
) -> list[Stock]:
    """Return what there is of every class, by organization and month.

    Raises RetentionError for a table without a class: nobody would know when it goes.
    """
    events = read_events(registry)
    found = [*_landed(registry, layout), *_extracts(registry, layout)]
    found += read_told(Platform(layout, classes), events)
    if layout.lake_catalog.exists() or not lake.catalog.startswith("sqlite:"):
        with lake.connect() as connection:
            know_leavers(connection, events)
            found += _in_lake(connection, classes)
    return found


def _in_lake(connection: duckdb.DuckDBPyConnection, classes: Mapping[str, str]) -> Iterator[Stock]:
    sizes = dict(
        connection.execute(
            "select table_name, sum(file_size_bytes + delete_file_size_bytes)"
            " from ducklake_table_info('lake') group by table_name"
        ).fetchall()
    )
    for name, (schema, columns) in lake_tables(connection).items():
        if name not in classes:
            raise RetentionError(
                f"UNCLASSIFIED: the lake's table {schema}.{name} has no data class, so no rule says"
                " when it goes. Give its model a data_class, or drop the table."
            )
        if columns >= PERSONAL:
            like = Stock(classes[name], name, "", bytes=sizes.get(name) or 0)
            yield from told_in(connection, f'lake."{schema}"."{name}"', columns, like)
            continue
        keys = [
            key if key in columns else f"'' as {key}"
            for key in ("company_id", "organization_id", "billing_period")
        ]
        rows = connection.execute(
            f'select {", ".join(keys)}, count(*) from lake."{schema}"."{name}" group by all'
        ).fetchall()
        total = sum(row[3] for row in rows) or 1
        for company_id, organization_id, period, count in rows:
            share = int((sizes.get(name) or 0) * count / total)
            yield Stock(
                classes[name], name, company_id, organization_id or "", period or "", count, share
            )


def _landed(registry: Database, layout: Layout) -> Iterator[Stock]:
    delivery = deliveries.c
    query = select(
        connections.c.company_id,
        *(delivery.connection_id, delivery.billing_period, delivery.delivery_id),
        *(delivery.row_count, delivery.bytes),
    ).join(connections, connections.c.connection_id == delivery.connection_id)
    with registry.read() as tx:
        rows = tx.execute(query).all()
    for company_id, connection_id, period, delivery_id, row_count, size in rows:
        key = (connection_id, period, delivery_id)
        if layout.delivery(*key).is_dir():
            yield Stock("raw", "landing", company_id, "", period, row_count or 0, size)
        if layout.quarantined(*key).is_dir():
            aside = sum(_size(path) for path in layout.quarantined(*key).rglob("*"))
            yield Stock("raw", "quarantine", company_id, "", period, row_count or 0, aside)


def _extracts(registry: Database, layout: Layout) -> Iterator[Stock]:
    by_folder = {holder.folder: holder for holder in every_holder(registry)}
    for folder in sorted(layout.extracts.glob("*/*/")):
        holder = by_folder.get(folder.parent.name, Holder("", folder.parent.name))
        size = sum(_size(path) for path in folder.rglob("*"))
        whose = (holder.company_id, holder.organization_id)
        yield Stock("extract", "extracts", *whose, folder.name, 0, size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
