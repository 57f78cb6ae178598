"""One value of a drop as it is kept; ValueError says what is wrong, and never repeats it."""

import ipaddress
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from pipelines.platform.datasets import Column
from warehouse.registry.errors import InvalidError
from warehouse.registry.words import clean_text, name_key

LONGEST: Final = 1000
DECIMALS: Final = 12
AMOUNT_LIMIT: Final = Decimal(10) ** 18
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def clean(column: Column, value: object) -> object:
    """Return the value in the column's type, UTC without a zone for instants."""
    match column.kind:
        case "instant":
            return _instant(value)
        case "date":
            return _date(value)
        case "amount":
            return _amount(value)
    text = _text(value)
    match column.kind:
        case "ip":
            return str(ipaddress.ip_address(text))
        case "email":
            return _email(text)
        case "currency" if not _CURRENCY.fullmatch(text):
            raise ValueError("is no currency's code, such as KRW")
        case "word" if text not in column.words:
            raise ValueError(f"is none of {', '.join(column.words)}")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError("is no text")  # noqa: TRY004 - of the drop, not of the program
    try:
        return clean_text(str(value), "value", LONGEST)
    except InvalidError as error:
        raise ValueError(f"cannot be kept: {error.what}") from None


def _email(text: str) -> str:
    before, at, after = text.rpartition("@")
    if not (before and at and after) or " " in text:
        raise ValueError("is no e-mail address")
    return name_key(text)


def _instant(value: object) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("is no time, such as 2026-10-01T09:00:00+09:00") from None
    if at.tzinfo is None:
        raise ValueError("has no time zone: write +09:00, or Z for UTC, behind it")
    try:
        return at.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError("is beyond the calendar") from None


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("is no day, such as 2026-10-01") from None


def _amount(value: object) -> Decimal:
    if isinstance(value, float | bool):
        raise ValueError("is no exact number: write a decimal, or text")  # noqa: TRY004 - as above
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("is no number") from None
    if not (amount.is_finite() and 0 <= amount < AMOUNT_LIMIT):
        raise ValueError(f"is not between 0 and {AMOUNT_LIMIT:e}")
    if amount != round(amount, DECIMALS):
        raise ValueError(f"has more than {DECIMALS} decimals")
    return amount
