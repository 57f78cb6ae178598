"""Nothing comes back: which deliveries are refused, and whose rows of the rest are dropped."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

PERIOD_EXPIRED: Final = "PERIOD_EXPIRED"
SUPPRESSED: Final = "SUPPRESSED"
ACCOUNT_DISCONNECTED: Final = "ACCOUNT_DISCONNECTED"


@dataclass(frozen=True, order=True)
class Span:
    """Days of one account; `end` is exclusive, None while it lasts."""

    provider: str
    account_id: str
    start: date
    end: date | None = None


def refusal(
    billing_period: str,
    delivered_at: datetime,
    purged_periods: Collection[str],
    disconnected_at: datetime | None = None,
) -> str | None:
    """Return why a delivery may not be loaded at all, or None.

    What counts for a disconnection is when it was delivered, not the month it tells of.
    """
    if billing_period in purged_periods:
        return PERIOD_EXPIRED
    if disconnected_at is not None and delivered_at >= disconnected_at:
        return ACCOUNT_DISCONNECTED
    return None


def suppressed_days(suppressed: Iterable[Span], held: Iterable[Span]) -> list[Span]:
    """Return the suppressed days of accounts that no living organization holds, none twice.

    Suppression is by organization and account: one that was registered anew loads from there on,
    and the days before stay suppressed.
    """
    holders: dict[tuple[str, str], list[Span]] = {}
    for span in held:
        holders.setdefault((span.provider, span.account_id), []).append(span)
    found: list[Span] = []
    for span in sorted(suppressed, key=lambda each: (each.provider, each.account_id, each.start)):
        left = [span]
        for other in [*holders.get((span.provider, span.account_id), []), *found]:
            if (other.provider, other.account_id) == (span.provider, span.account_id):
                left = [part for each in left for part in _without(each, other)]
        found += left
    return sorted(found, key=lambda each: (each.provider, each.account_id, each.start))


def _without(span: Span, other: Span) -> list[Span]:
    end, other_end = span.end or date.max, other.end or date.max
    if other.start >= end or other_end <= span.start:
        return [span]
    parts = []
    if span.start < other.start:
        parts.append(Span(span.provider, span.account_id, span.start, other.start))
    if other_end < end:
        parts.append(Span(span.provider, span.account_id, other_end, span.end))
    return parts
