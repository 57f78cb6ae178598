"""What a plan is made of: things that are deleted as a whole, and their dates."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from warehouse.retention.dates import Dates
from warehouse.retention.events import Stock

LEGAL_HOLD: Final = "legal_hold"
SEPARATION: Final = "separation"
OF_PEOPLE: Final = ("R9", "R10")
KEPT_BY_LAW: Final = ("R8", SEPARATION)
OF_STOCK: Final = ("R3", *KEPT_BY_LAW, *OF_PEOPLE)


@dataclass(frozen=True)
class Item:
    """One thing that is to be deleted as a whole. Its key names rule and subject."""

    key: str
    rule: str
    company_id: str
    dates: Dates
    classes: frozenset[str]
    datasets: tuple[str, ...] = ()
    organization_id: str = ""
    billing_period: str = ""
    member_id: str = ""
    emails: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    rows: int = 0
    bytes: int = 0
    blocked_by: str = ""

    @property
    def of_stock(self) -> bool:
        """Tell whether it is made of data alone, with no registration to forget."""
        return bool(self.billing_period) or self.rule in OF_STOCK

    def contains(self, stock: Stock) -> bool:
        """Tell whether data belongs to what is to be deleted."""
        return (
            stock.company_id == self.company_id
            and self.member_id in {"", stock.member_id}
            and stock.data_class in self.classes
            and self.organization_id in {"", stock.organization_id}
            and self.billing_period in {"", stock.billing_period}
            and (stock.at is None or self.since is None or self.since <= stock.at)
            and (stock.at is None or self.until is None or stock.at < self.until)
        )

    def is_due(self, as_of: date) -> bool:
        """Tell whether it is to be deleted on a day."""
        return not self.blocked_by and self.dates.scheduled_on <= as_of


@dataclass(frozen=True)
class Plan:
    """Everything that has a date, by when it goes."""

    as_of: date
    policy_digest: str
    items: tuple[Item, ...]

    @property
    def due(self) -> tuple[Item, ...]:
        """What is to be deleted on the day of the plan."""
        return tuple(item for item in self.items if item.is_due(self.as_of))

    @property
    def digest(self) -> str:
        """Hash of what an approval binds: the policy, the things and their dates.

        Not their size: rows that arrive after the approval are deleted too, and reported.
        """
        told = [[item.key, str(item.dates.scheduled_on)] for item in self.due]
        text = json.dumps([str(self.as_of), self.policy_digest, told])
        return hashlib.sha256(text.encode()).hexdigest()
