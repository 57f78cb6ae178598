"""The part that each organization has of each mart: made when its first rows come, kept small."""

from collections.abc import Iterable, Sequence
from typing import Final

from psycopg import errors, sql

from warehouse.scope import Island
from warehouse.serving.postgres.server import (
    READERS,
    PostgresError,
    Server,
    Session,
    role_of,
    statement,
)
from warehouse.serving.postgres.shape import LOCK, MENUS, STORE, menu_of, part_name

QUIET: Final = "with (autovacuum_enabled = false, toast.autovacuum_enabled = false)"
"""VACUUM and ANALYZE would write down, for everybody to read, how many rows a part has."""

ENDING_MILLISECONDS: Final = 5000


def slots_of(session: Session) -> dict[Island, int]:
    """Return the number of each organization. It says nothing to who sees it in a catalog."""
    found = session.execute("select company_id, organization_id, slot from finhouse_store.slots")
    return {Island(company, organization): slot for company, organization, slot in found}


def number(session: Session, islands: Iterable[Island]) -> dict[Island, int]:
    """Number the organizations that have none yet; return all numbers."""
    known = slots_of(session)
    for island in sorted(set(islands) - known.keys()):
        session.execute(
            "insert into finhouse_store.slots (company_id, organization_id) values (%s, %s)",
            [island.company_id, island.organization_id],
        )
    return slots_of(session)


def create_part(session: Session, mart: str, slot: int) -> None:
    """Make an organization's part of a mart, the role that may see it, and the policy.

    The policy's constant lets the planner leave out every other part.
    """
    menu = menu_of(mart)
    role = role_of(session, menu, slot)
    if not session.execute("select from pg_roles where rolname = %s", [role]).rowcount:
        session.execute(statement("create role {role} nologin", role=role))
        session.execute(statement("grant {menu} to {role}", menu=role_of(session, menu), role=role))
    _create_table(session, mart, slot, part_name(mart, slot))
    _attach(session, mart, slot)
    policy = sql.SQL("create policy {} on {} for select to {} using (slot = {})")
    name = sql.Identifier(f"slot_{slot}")
    table = sql.Identifier(STORE, mart)
    session.execute(policy.format(name, table, sql.Identifier(role), sql.Literal(slot)))
    session.execute("insert into finhouse_store.parts values (%s, %s)", [mart, slot])


def _create_table(session: Session, mart: str, slot: int, name: str) -> None:
    text = "create table {{s}}.{{p}} (like {{s}}.{{m}} including indexes, check (slot = {slot})) "
    query = sql.SQL(text.format(slot=int(slot)) + QUIET)
    names = {"s": sql.Identifier(STORE), "p": sql.Identifier(name), "m": sql.Identifier(mart)}
    session.execute(query.format(**names))


def _attach(session: Session, mart: str, slot: int) -> None:
    names = {"s": STORE, "p": part_name(mart, slot), "m": mart}
    closed = "alter table {s}.{p} enable row level security, force row level security"
    session.execute(statement(closed, **names))
    attached = sql.SQL("alter table {} attach partition {} for values in ({})")
    parent, part = sql.Identifier(STORE, mart), sql.Identifier(STORE, names["p"])
    session.execute(attached.format(parent, part, sql.Literal(slot)))


def existing(session: Session) -> dict[tuple[str, int], int]:
    """Return the parts there are, with the rows of each that nobody sees any more."""
    found = session.execute("select mart, slot, dead_count from finhouse_store.parts")
    return {(mart, slot): dead for mart, slot, dead in found}


def live_rows(session: Session) -> dict[tuple[str, int], int]:
    """Return how many rows are served of each part."""
    found = session.execute(
        "select mart, slot, sum(row_count)::bigint from finhouse_store.slices group by mart, slot"
    )
    return {(mart, slot): count for mart, slot, count in found}


def rewrite_bloated(server: Server, *, all_dead: bool = False) -> list[str]:
    """Write the parts anew that are more dead than alive, or all with a dead row; return them.

    Readers who are in the way are let finish, and the part waits for the next sync; when the bytes
    must go, whoever still holds an older view of them is logged out. Raises PostgresError then.
    """
    with server.session() as session:
        live = live_rows(session)
        bloated = [
            key
            for key, dead in sorted(existing(session).items())
            if dead > (0 if all_dead else live.get(key, 0))
        ]
    rewritten = []
    for mart, slot in bloated:
        has_rows = bool(live.get((mart, slot)))
        try:
            if all_dead:
                _end_older_views(server)
            is_done = _rewrite(server, mart, slot, has_rows=has_rows)
        except errors.LockNotAvailable:
            is_done = False
        if is_done:
            rewritten.append(part_name(mart, slot))
        elif all_dead:
            raise PostgresError(
                f"Somebody holds {mart} in PostgreSQL: its deleted rows are still on disk."
                " End what he does there, then try again."
            )
    return rewritten


def _rewrite(server: Server, mart: str, slot: int, *, has_rows: bool) -> bool:
    """Put a fresh copy in the place of a part, or nothing; return whether it could be done.

    The copy is frozen: whoever looks sees its rows at once. That is true for every view as new as
    the last sync, so nobody with an older one may be there.
    """
    fresh = f"{part_name(mart, slot)}_fresh"
    with server.session() as reading, server.session() as session, session.transaction():
        session.execute(LOCK)
        # Whoever comes meanwhile queues behind us.
        session.execute("set local lock_timeout = '2s'")
        if has_rows:
            _create_table(session, mart, slot, fresh)
            _copy(reading, session, mart, slot, fresh)
        names = {"s": STORE, "m": mart, "p": part_name(mart, slot), "f": fresh}
        session.execute(statement("lock table {s}.{m} in access exclusive mode", **names))
        if _has_older_views(session):
            session.execute(statement("drop table if exists {s}.{f}", **names))
            return False
        session.execute(statement("drop table {s}.{p}", **names))
        if has_rows:
            session.execute(statement("alter table {s}.{f} rename to {p}", **names))
            _attach(session, mart, slot)
            session.execute(
                "update finhouse_store.parts set dead_count = 0 where mart = %s and slot = %s",
                [mart, slot],
            )
        else:
            _forget(session, mart, slot)
    return True


def _forget(session: Session, mart: str, slot: int) -> None:
    names = {"s": STORE, "m": mart, "p": f"slot_{slot}"}
    session.execute(statement("drop policy {p} on {s}.{m}", **names))
    session.execute("delete from finhouse_store.parts where mart = %s and slot = %s", [mart, slot])


def _copy(reading: Session, session: Session, mart: str, slot: int, fresh: str) -> None:
    query = sql.SQL("copy (select * from {} where slot = {}) to stdout (format binary)").format(
        sql.Identifier(STORE, mart), sql.Literal(slot)
    )
    into = statement("copy {s}.{f} from stdin (format binary, freeze)", s=STORE, f=fresh)
    with reading.cursor().copy(query) as rows, session.cursor().copy(into) as copy:
        for chunk in rows:
            copy.write(chunk)


OLDER: Final = (
    " from pg_stat_activity, finhouse_store.about where pid <> pg_backend_pid()"
    " and datname = current_database() and backend_xmin is not null"
    " and age(backend_xmin) >= age(loaded_in)"
)


def _has_older_views(session: Session) -> bool:
    return bool(session.execute(f"select{OLDER} limit 1").rowcount)


def _end_older_views(server: Server) -> None:
    """Log out the members who still see what was deleted."""
    with server.session() as session:
        end_sessions(session, f"pid in (select pid{OLDER})")


def end_sessions(session: Session, which: str, values: Sequence[object] = ()) -> int:
    """Log out the members whose sessions meet a condition; return how many were there."""
    query = (
        f"select pg_terminate_backend(pid, {ENDING_MILLISECONDS})"
        " from pg_stat_activity join pg_roles r on r.rolname = %s"
        " where exists (select from pg_auth_members"
        f" where member = usesysid and roleid = r.oid) and {which}"
    )
    ended = session.execute(query, [role_of(session, READERS), *values]).fetchall()
    if not all(done for (done,) in ended):
        raise PostgresError("A session of a member in PostgreSQL does not end. Restart the server.")
    return len(ended)


def count_rows(session: Session) -> int:
    """Count what every part has. Raises PostgresError where it is not what was loaded."""
    live, total = live_rows(session), 0
    for mart in sorted({mart for mart, _ in existing(session)}):
        query = statement("select slot, count(*) from {s}.{m} group by slot", s=STORE, m=mart)
        found = {(mart, slot): count for slot, count in session.execute(query).fetchall()}
        if found != {key: count for key, count in live.items() if key[0] == mart}:
            raise PostgresError(f"{mart} has other rows in PostgreSQL than were loaded into it.")
        total += sum(found.values())
    return total


def drop_empty_slots(session: Session) -> None:
    """Forget the numbers and roles of organizations that have nothing left."""
    empty = session.execute(
        "delete from finhouse_store.slots where slot not in (select slot from finhouse_store.parts)"
        " returning slot"
    ).fetchall()
    for (slot,) in empty:
        for menu in MENUS:
            text = "drop role if exists {role}"
            session.execute(statement(text, role=role_of(session, menu, slot)))
