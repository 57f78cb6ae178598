"""The drops' schema: a closed list of columns, so that nothing unexpected is ever kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

TYPES: Final[Mapping[str, pl.DataType]] = {
    "text": pl.String(),
    "email": pl.String(),
    "ip": pl.String(),
    "word": pl.String(),
    "currency": pl.String(),
    "instant": pl.Datetime("us"),
    "date": pl.Date(),
    "amount": pl.Decimal(38, 12),
}
"""Kind of a value -> how it is kept. Instants are UTC."""


@dataclass(frozen=True)
class Column:
    """One column of a drop."""

    name: str
    kind: str = "text"
    words: tuple[str, ...] = ()
    """All a `word` may be."""
    is_optional: bool = False
    absent_for: str = ""
    """The event type whose rows have none."""


_EVENT: Final = (
    Column("event_id"),
    Column("occurred_at", "instant"),
    Column("company_id"),
)
_MEMBER: Final = (Column("organization_id", is_optional=True), Column("email", "email"))
CARD_UPDATED: Final = "card_updated"
DATASETS: Final[Mapping[str, tuple[Column, ...]]] = {
    "logins": (
        *_EVENT,
        *_MEMBER,
        Column("event_type", "word", ("login", "logout", "login_failed")),
        Column("ip_address", "ip"),
    ),
    "inquiries": (
        *_EVENT,
        *_MEMBER,
        Column("event_type", "word", ("opened", "answered", "closed")),
        Column("inquiry_id"),
        Column("subject", is_optional=True),
    ),
    "invoices": (
        *_EVENT,
        Column("invoice_id"),
        Column("issued_date", "date"),
        Column("due_date", "date", is_optional=True),
        Column("billing_currency", "currency"),
        Column("invoice_amount", "amount"),
    ),
    "payments": (
        *_EVENT,
        Column("event_type", "word", ("paid", "failed", "refunded", CARD_UPDATED)),
        Column("payment_method", "word", ("card", "bank_transfer")),
        Column("invoice_id", absent_for=CARD_UPDATED),
        Column("billing_currency", "currency", absent_for=CARD_UPDATED),
        Column("payment_amount", "amount", absent_for=CARD_UPDATED),
    ),
}
"""Dataset -> its columns. docs/platform.md tells people the same."""
