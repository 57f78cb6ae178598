"""Who may read what in PostgreSQL: roles follow the registry; who loses a right is logged out.

A member's role is his id, so that names in catalogs tell nothing. It exists from the moment he is
given a password until he leaves, and belongs to the role of every menu of every organization that
is open to him. Policies name those roles; there is no other way to a row.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from psycopg import sql
from sqlalchemy import select

from warehouse.registry.access_tables import members
from warehouse.registry.database import Database
from warehouse.registry.holdings import is_active, read_holdings
from warehouse.registry.rights import Level
from warehouse.registry.tables import companies
from warehouse.scope import Island
from warehouse.serving.postgres.parts import end_sessions, slots_of
from warehouse.serving.postgres.server import READERS, Server, Session, role_of, statement
from warehouse.serving.postgres.shape import ABOUT, LOCK, MENUS, OWNER, has_store

SETTINGS: Final[Mapping[str, str]] = {
    "search_path": ", ".join((ABOUT, *MENUS)),
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    "statement_timeout": "10min",
    "idle_in_transaction_session_timeout": "10min",
    "work_mem": "64MB",
    "temp_file_limit": "10GB",
}
"""A member's session begins with these. He may change all but the last."""
CONNECTIONS: Final = 8

Right = tuple[Island, str]
"""A menu of an organization. What is the company's alone is of no organization."""
Rights = Mapping[str, frozenset[Right]]
Roles = Mapping[str, tuple[bool, frozenset[str]]]
"""A member's role -> whether it may log in, and the roles it is in."""


@dataclass(frozen=True)
class Followed:
    """What changed for members when the roles followed the registry."""

    losers: int
    """Members who may see less than before."""
    ended: int
    """Sessions that were logged out."""


def read_rights(registry: Database, who: Collection[str]) -> dict[str, frozenset[Right]]:
    """Return what each of these members may view, if he may act, as the rights function says."""
    is_it = members.c.member_id.in_(who)
    query = (
        select(members.c.member_id, members.c.company_id)
        .join(companies, companies.c.company_id == members.c.company_id)
        .where(is_it, is_active(), companies.c.removed_at.is_(None))
    )
    with registry.read() as tx:
        company_of = dict(tx.execute(query).tuples().all())
        held = read_holdings(tx, is_it)
    return {
        member_id: frozenset(
            (Island(company_id, "" if menu == OWNER else organization_id), menu)
            for organization_id, holding in held.get(member_id, {}).items()
            for menu in MENUS
            if (holding.is_owner if menu == OWNER else holding.rights.on(menu) >= Level.VIEW)
        )
        for member_id, company_id in company_of.items()
    }


def follow_rights(server: Server, registry: Database) -> Followed:
    """Let the roles follow the registry; who lost a right is logged out. Raises PostgresError.

    The registry is read behind the lock: of two changes at once the later one has the last word.
    """

    def change(session: Session) -> int:
        if not has_store(session):
            return 0
        session.execute(LOCK)
        roles = _roles(session)
        return _follow(session, roles, read_rights(registry, roles))

    changed, ended = server.run(change), server.run(_end_sessions_of_losers)
    server.run(partial(_drop_removed, left=_left(registry)))
    return Followed(changed, ended)


def _follow(session: Session, roles: Roles, rights: Rights) -> int:
    """Give and take what the registry says, in the transaction of the caller.

    Returns how many lost something. They are written down: their sessions end after the commit,
    even when this process does not live to end them.
    """
    slots, losers = slots_of(session), []
    for role, (may_enter, held) in roles.items():
        if role not in rights:
            if may_enter or held:
                session.execute(statement("alter role {role} nologin", role=role))
                _take(session, role, held)
                losers.append(role)
            continue
        wanted = {role_of(session, menu, slots[i]) for i, menu in rights[role] if i in slots}
        if not may_enter:
            session.execute(statement("alter role {role} login", role=role))
        for group in sorted(wanted - held):
            session.execute(statement("grant {group} to {role}", group=group, role=role))
        if held - wanted:
            _take(session, role, held - wanted)
            losers.append(role)
    for role in losers:
        text = "insert into finhouse_store.leaving values (%s) on conflict do nothing"
        session.execute(text, [role])
    return len(losers)


def _take(session: Session, role: str, groups: Iterable[str]) -> None:
    for group in sorted(groups):
        session.execute(statement("revoke {group} from {role}", group=group, role=role))


def _roles(session: Session) -> Roles:
    """Return the members' roles: whether each may log in, and the groups it is in."""
    readers = role_of(session, READERS)
    found = session.execute(
        "select m.rolname, m.rolcanlogin, array_agg(g.rolname::text) from pg_auth_members a"
        " join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid"
        " where a.member in (select member from pg_auth_members join pg_roles r on r.oid = roleid"
        " where r.rolname = %s)"
        " and m.rolname <> current_user group by 1, 2",
        [readers],
    )
    return {role: (may, frozenset(groups) - {readers}) for role, may, groups in found}


def _end_sessions_of_losers(session: Session) -> int:
    """Log out whoever lost a right; what he runs ends with it. Returns how many sessions."""
    if not has_store(session):
        return 0
    left = "usename in (select role_name from finhouse_store.leaving)"
    ended = end_sessions(session, left)
    session.execute("delete from finhouse_store.leaving")
    return ended


def _left(registry: Database) -> frozenset[str]:
    """Return the members who are out for good: coming back makes another member."""
    with registry.read() as tx:
        query = select(members.c.member_id).where(members.c.removed_at.is_not(None))
        return frozenset(tx.execute(query).scalars())


def _drop_removed(session: Session, left: frozenset[str]) -> None:
    for role in sorted(_roles(session).keys() & left) if has_store(session) else []:
        session.execute(statement("drop role {role}", role=role))


def admit(session: Session, member_id: str) -> str:
    """Let a member in by a new password, and return it: only its verifier leaves this process."""
    password = secrets.token_urlsafe(32)
    verifier = session.pgconn.encrypt_password(
        password.encode(), member_id.encode(), b"scram-sha-256"
    ).decode()
    if not session.execute("select from pg_roles where rolname = %s", [member_id]).rowcount:
        session.execute(statement("create role {role} nologin", role=member_id))
        session.execute(
            statement("grant {m} to {role}", m=role_of(session, READERS), role=member_id)
        )
    text = sql.SQL("alter role {} login password {} connection limit {}")
    session.execute(
        text.format(sql.Identifier(member_id), sql.Literal(verifier), sql.Literal(CONNECTIONS))
    )
    session.execute(statement("alter role {role} reset all", role=member_id))
    for name, value in SETTINGS.items():
        # A list of schemas is no single text.
        shown = sql.SQL(value) if name == "search_path" else sql.Literal(value)
        begin = sql.SQL("alter role {} set {} = {}")
        session.execute(begin.format(sql.Identifier(member_id), sql.Identifier(name), shown))
    return password


def dismiss(server: Server, member_id: str) -> int:
    """Drop a member's role at once; return how many of his sessions were ended."""

    def close(session: Session) -> None:
        for role in _roles(session).keys() & {member_id}:
            session.execute(statement("alter role {role} nologin", role=role))

    def drop(session: Session) -> int:
        ended = end_sessions(session, "usename = %s", [member_id])
        session.execute(statement("drop role if exists {role}", role=member_id))
        return ended

    server.run(close)
    return server.run(drop)
