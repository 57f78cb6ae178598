"""Extracts by the clock: which one, of whom, when, and where it is delivered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from warehouse.registry.callers import only_operator, standing_of
from warehouse.registry.changing import changing, find_company, one_of_its_name
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, NotFoundError
from warehouse.registry.extract_tables import extract_schedules
from warehouse.registry.history import OPERATOR
from warehouse.registry.rhythms import Rhythm, clean_rhythm
from warehouse.registry.rights import Level
from warehouse.registry.words import (
    clean_address,
    clean_name,
    clean_options,
    clean_secret,
    name_key,
    new_id,
)

TABLE: Final = extract_schedules
BUCKET: Final = re.compile(
    r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?"
    r"|https://[a-z0-9]{3,24}\.blob\.[a-z0-9.-]+/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](/[^?#]*)?"
)
NO_FILE_NAME: Final = re.compile(
    # What a separator or a stream is on one system or another, and Windows' devices.
    r'.*[<>:"/\\|?*].*|[.\s].*|.*[.\s]|(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?',
    re.IGNORECASE,
)
LONGEST_FILE_NAME: Final = 180
"""Bytes: file systems hold 255, and a file being written is called more than it will be."""


@dataclass(frozen=True)
class Delivery:
    """Where a file goes and how the house signs in there. Secrets are references."""

    destination: str
    options: Mapping[str, str] = field(default_factory=dict)
    secret: str = "chain"  # noqa: S105 - a reference


@dataclass(frozen=True)
class ExtractSchedule:
    """One extract by the clock."""

    schedule_id: str
    company_id: str
    organization_id: str | None
    """None: the company's own."""
    name: str
    """The file is called so."""
    extract: str
    question: Mapping[str, list[str]]
    """What is asked of it, in the reader's words: where, sort, columns."""
    file_format: str
    bom: bool
    rhythm: Rhythm
    delivery: Delivery
    created_at: datetime
    checked_at: datetime | None = None
    delivered_digest: str | None = None
    delivered_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Tell whether it was not looked at since it was due last. A new one is due at once."""
        return self.checked_at is None or self.checked_at.date() < self.rhythm.due_on(now.date())


@dataclass(frozen=True)
class Schedules:
    """Every change is one transaction with its history row."""

    database: Database

    def list(self, company: str | None = None) -> tuple[ExtractSchedule, ...]:
        """Return a company's schedules by name: of organizations whose settings one may view."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            standing = standing_of(tx, owner.company_id)
            found = _select(tx, company_id=owner.company_id)
        return tuple(
            each for each in found
            if standing.is_owner
            or (each.organization_id and standing.may("settings", Level.VIEW, each.organization_id))
        )  # fmt: skip

    def due(self) -> tuple[ExtractSchedule, ...]:
        """Return what is due in all companies. For the operator, who delivers it."""
        with self.database.read() as tx:
            only_operator(tx, "deliver extracts")
            return tuple(each for each in _select(tx) if each.is_due(self.database.now()))

    def add(
        self, schedule: ExtractSchedule, *, actor: str = OPERATOR, reason: str = ""
    ) -> ExtractSchedule:
        """Register a schedule; its id and time are given here.

        It takes the operator: what is delivered is written with the house's own rights, to
        wherever the destination says. Raises NameTakenError, InvalidError.
        """
        clean = replace(
            schedule,
            schedule_id=new_id("sch"),
            name=_clean_file_name(schedule.name),
            rhythm=clean_rhythm(schedule.rhythm),
            delivery=_clean_delivery(schedule.delivery),
            created_at=self.database.now(),
        )
        with (
            one_of_its_name("schedule", clean.name),
            changing(self.database, clean.company_id, actor, reason) as (author, _),
        ):
            only_operator(author.transaction, "schedule extracts")
            author.transaction.execute(insert(TABLE).values(**_row(clean)))
            author.record(
                "extract_schedule_added",
                organization_id=clean.organization_id,
                after={"schedule_id": clean.schedule_id, "extract": clean.extract},
            )
        return clean

    def remove(
        self, schedule: str, *, company: str | None = None, actor: str = OPERATOR, reason: str = ""
    ) -> ExtractSchedule:
        """Stop delivering. What was delivered stays where it is."""
        with changing(self.database, company, actor, reason) as (author, owner):
            tx = author.transaction
            only_operator(tx, "schedule extracts")
            found = [
                each
                for each in _select(tx, company_id=owner.company_id)
                if schedule == each.schedule_id or name_key(schedule) == name_key(each.name)
            ]
            if not found:
                raise NotFoundError(
                    f"There is no schedule {schedule!r}.",
                    "`finhouse extract schedule list` shows their names.",
                )
            [old] = found
            tx.execute(delete(TABLE).where(TABLE.c.schedule_id == old.schedule_id))
            author.record(
                "extract_schedule_removed",
                organization_id=old.organization_id,
                before={"schedule_id": old.schedule_id, "extract": old.extract},
            )
            return old

    def checked(self, schedule: ExtractSchedule, digest: str | None) -> None:
        """Remember that a schedule was looked at, and what was delivered, if anything was."""
        now = self.database.now()
        values: dict[str, object] = {"checked_at": now}
        if digest is not None:
            values |= {"delivered_digest": digest, "delivered_at": now}
        with self.database.write() as tx:
            is_it = TABLE.c.schedule_id == schedule.schedule_id
            tx.execute(update(TABLE).where(is_it).values(**values))


def _select(tx: Connection, **where: object) -> list[ExtractSchedule]:
    query = select(TABLE).filter_by(**where).order_by(TABLE.c.company_id, TABLE.c.name_key)
    return [
        ExtractSchedule(
            **{name: row[name] for name in PLAIN},
            rhythm=Rhythm(row["rhythm"], row["on_day"], row["months_back"]),
            delivery=Delivery(row["destination"], row["options"], row["secret"]),
        )
        for row in tx.execute(query).mappings()
    ]


PLAIN: Final = [name for name in ExtractSchedule.__dataclass_fields__ if name in TABLE.c]
PLAIN.remove("rhythm")


def _row(schedule: ExtractSchedule) -> dict[str, object]:
    return {
        **{name: getattr(schedule, name) for name in PLAIN},
        "name_key": name_key(schedule.name),
        "rhythm": schedule.rhythm.every,
        "on_day": schedule.rhythm.on_day,
        "months_back": schedule.rhythm.months_back,
        **vars(schedule.delivery),
    }


def _clean_file_name(text: str) -> str:
    name = clean_name(text, "schedule")
    if NO_FILE_NAME.fullmatch(name) or len(name.encode()) > LONGEST_FILE_NAME:
        raise InvalidError(
            f"{name!r} is no name for a file on every system.",
            "Leave out separators, dots at the ends and devices like CON, and keep it short.",
        )
    return name


def _clean_delivery(delivery: Delivery) -> Delivery:
    place = clean_address(delivery.destination, "destination")
    is_folder = place.startswith("/") and ".." not in place.split("/")
    if not is_folder and not BUCKET.fullmatch(place):
        raise InvalidError(
            f"{place!r} is no destination.",
            "Write an absolute path of a folder, s3://bucket/prefix, or"
            " https://account.blob.core.windows.net/container/directory with a SAS as --secret.",
        )
    return Delivery(place, clean_options(delivery.options), clean_secret(delivery.secret))
