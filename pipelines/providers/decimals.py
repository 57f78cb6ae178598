"""Numbers of a bill as decimals, and what of their digits no column of the lake holds."""

from collections.abc import Iterable
from decimal import Decimal

_ROUNDED_OFF = "{} {:f} of the bill stand beyond the 12th decimal and are rounded off"


def decimal(sql: str, *, is_text: bool) -> str:
    """Spell a value as a number of 38 digits, 12 of them decimals; null when it is none.

    Text with more than 12 decimals takes DuckDB 50 times longer straight to 38 digits than
    through 18.
    """
    wide = f"try_cast({sql} as decimal(38, 12))"
    if not is_text:
        return wide
    return f"coalesce(try_cast({sql} as decimal(18, 12))::decimal(38, 12), {wide})"


def rounded_off(sql: str, kind: str) -> str:
    """Spell what `decimal` leaves off: digits beyond the twelfth, down to the 25th.

    A double has no last digit, so nothing is left off of it. Few bills have such digits, and
    telling costs a second cast: a look at the text comes first.
    """
    is_text = kind.upper() == "VARCHAR"
    exact = f"try_cast({sql} as decimal(38, 25))"
    residual = f"{exact} - {decimal(sql, is_text=is_text)}::decimal(38, 25)"
    if is_text:
        decimals = f"length({sql}) - strpos({sql}, '.')"
        is_long = f"strpos({sql}, '.') > 0 and {decimals} > 12 or contains(lower({sql}), 'e-')"
        return f"case when {is_long} then try({residual}) end"
    return residual if kind.upper().startswith("DECIMAL") else "null::decimal(38, 25)"


def remarks(residuals: Iterable[tuple[str, Decimal | None]]) -> tuple[str, ...]:
    """Say per currency what the digits left off a bill come to; nothing where none were."""
    totals: dict[str, Decimal] = {}
    for currency, residual in residuals:
        totals[currency] = totals.get(currency, Decimal(0)) + (residual or 0)
    return tuple(_ROUNDED_OFF.format(each, of.normalize()) for each, of in totals.items() if of)
