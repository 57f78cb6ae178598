"""Alert subscriptions: who is told of what, where, and when not."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection, delete, insert, select

from warehouse.registry.access_tables import members
from warehouse.registry.alert_tables import (
    DELIVERIES,
    LANGUAGES,
    alert_notices,
    alert_subscriptions,
)
from warehouse.registry.callers import Caller, own_member_id, standing_of
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, NotFoundError
from warehouse.registry.history import OPERATOR
from warehouse.registry.holdings import is_active
from warehouse.registry.organizations import find_organization
from warehouse.registry.people import find_member
from warehouse.registry.words import clean_secret, new_id

TABLE: Final = alert_subscriptions
NOTICES: Final = alert_notices
KINDS: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        "anomaly": "costs",
        "budget": "budgets",
        "commitment_expiry": "commitments",
        "commitment_use": "commitments",
        "failed_check": None,
        "stale_connection": None,
        "past_due_deletion": None,
    }
)
"""Kind of alert -> the menu that opens it; None: it is the company's, for its owners."""
HOURS: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to be told, and how."""

    kinds: Sequence[str] = tuple(KINDS)
    target: str | None = None
    """`env:NAME` or `file:PATH` of a channel's address; None: his own e-mail."""
    language: str = "en"
    delivery: str = "immediate"
    quiet_hours: str | None = None
    """`22:00-07:00` of the recipient's clock."""
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Subscription:
    """One wish of one member."""

    subscription_id: str
    company_id: str
    member_id: str
    organization_id: str | None
    kinds: tuple[str, ...]
    target: str | None
    language: str
    delivery: str
    quiet_hours: str | None
    time_zone: str
    created_at: datetime

    @property
    def reader(self) -> Caller:
        """Who looks for its alerts: the recipient, so that he is told what he could look up."""
        return Caller(self.member_id, frozenset({self.member_id}))

    def is_due(self, at: datetime, last_told_at: datetime | None) -> bool:
        """Tell whether it may speak now: not in quiet hours, and a digest once a day."""
        now = at.astimezone(ZoneInfo(self.time_zone))
        if self.quiet_hours is not None:
            start, end = map(time.fromisoformat, self.quiet_hours.split("-"))
            since, until = now.time() >= start, now.time() < end
            if (since and until) if start <= end else (since or until):
                return False
        if self.delivery == "immediate" or last_told_at is None:
            return True
        return last_told_at.astimezone(now.tzinfo).date() < now.date()


@dataclass(frozen=True)
class Alerts:
    """Every change of a subscription is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[Subscription, ...]:
        """Return the caller's own subscriptions; for owners, all of the company."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            is_owner = standing_of(tx, owner.company_id).is_owner
            own = own_member_id(tx, owner.company_id)
            found = _read(tx, TABLE.c.company_id == owner.company_id)
            return tuple(each for each in found if is_owner or each.member_id == own)

    def add(
        self,
        member: str,
        wish: Wish,
        *,
        organization: str | None = None,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Subscription:
        """Subscribe a member: anybody himself by e-mail; others, and channels, take an owner.

        The address of a channel is a secret of the installation, so an owner names it.
        """
        clean = _clean(wish)
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            found = find_member(tx, owner, member)
            if found.member_id != author.actor or clean["target"]:
                author.require_owner()
            author.asked.append("subscribe himself")
            place = (
                find_organization(tx, owner, organization).organization_id if organization else None
            )
            added = Subscription(
                new_id("sub"), owner.company_id, found.member_id, place, **clean,
                created_at=author.at,
            )  # fmt: skip
            tx.execute(insert(TABLE).values(**asdict(added)))
            author.record(
                "alert_subscription_added",
                organization_id=place,
                after={"subscription_id": added.subscription_id, "kinds": list(added.kinds)},
                about=[found.member_id],
            )
            return added

    def remove(
        self,
        subscription_id: str,
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Subscription:
        """Take a subscription away: one's own or, for owners, anybody's."""
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx, here = author.transaction, TABLE.c.company_id == owner.company_id
            found = _read(tx, here & (TABLE.c.subscription_id == subscription_id))
            if not found or author.actor != found[0].member_id:
                author.require_owner()
            author.asked.append("unsubscribe himself")
            if not found:
                raise NotFoundError(
                    f"There is no subscription {subscription_id!r}.",
                    "`finhouse alert list` shows their ids.",
                )
            tx.execute(delete(TABLE).where(TABLE.c.subscription_id == subscription_id))
            author.record(
                "alert_subscription_removed",
                organization_id=found[0].organization_id,
                before={"subscription_id": subscription_id},
                about=[found[0].member_id],
            )
            return found[0]


def subscriptions(database: Database) -> list[tuple[Subscription, str, dict[str, datetime]]]:
    """Return all subscriptions of active members, their e-mails, and what they were told when."""
    joined = select(TABLE, members.c.email).join(members, members.c.member_id == TABLE.c.member_id)
    with database.read() as tx:
        rows = tx.execute(joined.where(is_active()).order_by(TABLE.c.subscription_id)).mappings()
        found = [(dict(row), row["email"]) for row in rows]
        told: dict[str, dict[str, datetime]] = {}
        for subscription_id, key, at in tx.execute(select(NOTICES)).tuples():
            told.setdefault(subscription_id, {})[key] = at
    return [
        (_subscription(row), email, told.get(row["subscription_id"], {})) for row, email in found
    ]


def note(
    database: Database, subscription_id: str, told: Collection[str], ended: Collection[str]
) -> None:
    """Keep what was told, so that it is told once, and forget what ended."""
    with database.write() as tx:
        is_its = NOTICES.c.subscription_id == subscription_id
        tx.execute(delete(NOTICES).where(is_its, NOTICES.c.alert_key.in_([*told, *ended])))
        at = database.now()
        for key in told:
            row = {"subscription_id": subscription_id, "alert_key": key, "told_at": at}
            tx.execute(insert(NOTICES).values(**row))


def _read(tx: Connection, condition: Any) -> list[Subscription]:
    query = select(TABLE).where(condition).order_by(TABLE.c.created_at, TABLE.c.subscription_id)
    return [_subscription(dict(row)) for row in tx.execute(query).mappings()]


def _subscription(row: Mapping[str, Any]) -> Subscription:
    names = Subscription.__dataclass_fields__
    return Subscription(**{name: row[name] for name in names} | {"kinds": tuple(row["kinds"])})


def _clean(wish: Wish) -> dict[str, Any]:
    allowed = {
        "language": (wish.language, LANGUAGES),
        "delivery": (wish.delivery, DELIVERIES),
        **{f"kind {kind}": (kind, tuple(KINDS)) for kind in wish.kinds},
    }
    for what, (word, words) in allowed.items():
        if word not in words:
            raise InvalidError(f"{word!r} is no {what.split()[0]}.", f"Write {', '.join(words)}.")
    if wish.time_zone not in available_timezones():
        raise InvalidError(f"{wish.time_zone!r} is no time zone.", "Write it as Asia/Seoul.")
    if wish.quiet_hours is not None and not HOURS.fullmatch(wish.quiet_hours):
        raise InvalidError(f"{wish.quiet_hours!r} are no hours.", "Write them as 22:00-07:00.")
    if wish.target == "chain":
        raise InvalidError("A channel has an address.", "Write env:NAME or file:PATH.")
    target = clean_secret(wish.target) if wish.target else None
    return asdict(wish) | {"kinds": tuple(wish.kinds) or tuple(KINDS), "target": target}
