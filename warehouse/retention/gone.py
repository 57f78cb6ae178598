"""What was asked to go and what went, kept elsewhere: a backup that is restored learns it there."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Date, Table, insert, select, update

from warehouse.registry.access_tables import deletion_requests, legal_holds, members
from warehouse.registry.database import Database, to_json
from warehouse.registry.deletions import Deletions
from warehouse.registry.endings import Endings
from warehouse.registry.people import forget_member
from warehouse.registry.retention_tables import (
    certificates,
    company_requests,
    purged_periods,
    suppressions,
)
from warehouse.registry.tables import UtcDateTime, companies, organizations

GONE_FILE: Final = "gone.json"
KEPT: Final = (
    *(deletion_requests, company_requests, suppressions, purged_periods, legal_holds),
    certificates,
)
LEFT: Final = ("company_id", "member_id", "removed_at")
"""What is kept of a member who was removed: no name."""
WITHDRAWAL: Final = "withdrawal"
TRIAL_END: Final = "trial_end"
REASON: Final = "asked for before the house was restored"

Row = Mapping[str, Any]
Gone = Mapping[str, Mapping[tuple[Any, ...], Row]]
"""Table -> primary key -> row."""


def note_gone(registry: Database, folders: Iterable[Path]) -> None:
    """Write ids, dates and certificates into folders, each file replaced whole. No names."""
    with registry.read() as tx:
        told = {table.name: _rows(tx, table) for table in KEPT}
        trials = _on_trial(tx)
        told[company_requests.name] = [
            row
            for row in told[company_requests.name]
            # A plan that followed cancelled what the end of the trial had started.
            if row["kind"] != TRIAL_END or row["company_id"] in trials
        ]
        left = select(*(members.c[name] for name in LEFT)).where(members.c.removed_at.is_not(None))
        told[members.name] = [_plain({**row}) for row in tx.execute(left).mappings()]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        arriving = folder / f"{GONE_FILE}.{os.getpid()}"
        arriving.write_text(to_json(told), encoding="utf-8")
        arriving.replace(folder / GONE_FILE)


def read_gone(folders: Iterable[Path]) -> Gone:
    """Return what was noted in any of these folders; of the same thing the last telling."""
    found: dict[str, dict[tuple[Any, ...], Row]] = {table.name: {} for table in (*KEPT, members)}
    for path in (folder / GONE_FILE for folder in folders):
        told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        for table in (*KEPT, members):
            for row in told.get(table.name, []):
                typed = {name: _typed(table, name, value) for name, value in row.items()}
                found[table.name][_key(table, typed)] = typed
    return found


def replay(registry: Database, gone: Gone) -> frozenset[str]:
    """Do in a restored registry what was asked for since; return tokens of what went since.

    Access ends as it did, with the instants of then. Nothing is deleted yet.
    """
    _replay_requests(registry, gone)
    with registry.write() as tx:
        for row in gone[members.name].values():
            _remove(tx, row)
        known = {link["item_token"] for link in _rows(tx, certificates)}
        for table in KEPT:
            there = {_key(table, {**row}) for row in tx.execute(select(table)).mappings()}
            for key, row in gone[table.name].items():
                if key not in there:
                    tx.execute(insert(table).values(**row))
                elif table is legal_holds:
                    is_it = table.c.hold_id == row["hold_id"]
                    tx.execute(update(table).where(is_it).values(lifted_at=row["lifted_at"]))
    return frozenset(row["item_token"] for row in gone[certificates.name].values()) - known


def _replay_requests(registry: Database, gone: Gone) -> None:
    with registry.read() as tx:
        living = set(tx.execute(_living(organizations)).scalars())
        present, trials = set(tx.execute(_living(companies)).scalars()), _on_trial(tx)
    for row in gone[deletion_requests.name].values():
        if row["organization_id"] in living and row["company_id"] in present:
            then = Deletions(_at(registry, row["requested_at"]))
            then.request(row["organization_id"], company=row["company_id"], reason=REASON)
    for row in gone[company_requests.name].values():
        endings = Endings(_at(registry, row["requested_at"]))
        if row["kind"] == WITHDRAWAL and row["company_id"] in present:
            endings.withdraw(row["company_id"], reason=REASON)
        elif row["kind"] == TRIAL_END and row["company_id"] in present & trials:
            endings.end_trial(row["company_id"], reason=REASON)


def _on_trial(tx: Connection) -> set[str]:
    return set(
        tx.execute(select(companies.c.company_id).where(companies.c.plan == "trial")).scalars()
    )


def _living(table: Table) -> Any:
    [key] = table.primary_key.columns
    return select(key).where(table.c.removed_at.is_(None))


def _at(registry: Database, instant: datetime) -> Database:
    return replace(registry, now=lambda: instant)


def _remove(tx: Connection, row: Row) -> None:
    is_it = (members.c.member_id == row["member_id"]) & members.c.removed_at.is_(None)
    if tx.execute(select(members.c.member_id).where(is_it)).first():
        forget_member(tx, row["member_id"])
        tx.execute(
            update(members).where(is_it).values(removed_at=row["removed_at"], is_owner=False)
        )


def _rows(tx: Connection, table: Table) -> list[Row]:
    return [_plain({**row}) for row in tx.execute(select(table)).mappings()]


def _plain(row: Row) -> Row:
    """Instants and days as text; reasons are people's words, and stay where they are."""
    return {
        name: "" if name == "reason" else value.isoformat() if isinstance(value, date) else value
        for name, value in row.items()
    }


def _typed(table: Table, name: str, value: Any) -> Any:
    if value is None or not isinstance(table.c[name].type, (UtcDateTime, Date)):
        return value
    is_day = isinstance(table.c[name].type, Date)
    return date.fromisoformat(value) if is_day else datetime.fromisoformat(value)


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)
