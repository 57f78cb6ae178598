"""What a company may ask for after it withdrew, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from warehouse.retention.dates import Dates, add_months, window_end, within
from warehouse.retention.policy import Policy

WINDOW_CLOSED: Final = "WINDOW_CLOSED"
OWNER_TRANSFER_REQUIRED: Final = "OWNER_TRANSFER_REQUIRED"


@dataclass(frozen=True)
class Answer:
    """Whether a request is accepted, and what of the company's data is there."""

    is_accepted: bool
    exists: tuple[str, ...]
    """Data classes of which something is left, by when they go."""
    gone: tuple[str, ...]
    gone_before: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class UnpaidInvoice:
    """What an unpaid invoice leads to: a downgrade, never a withdrawal."""

    suspended_on: date
    cancelled_on: date
    cost_gone_before: date


def early_deletion(
    policy: Policy, withdrawn_on: date, asked_on: date, dues: Mapping[str, Dates]
) -> Answer:
    """Answer a request for early deletion: done within days, or by its normal date if earlier."""
    exists, gone = _sorted_out(dues, asked_on)
    if asked_on > window_end(policy, withdrawn_on):
        return Answer(False, exists, gone, reason=WINDOW_CLOSED)
    promised = asked_on + timedelta(days=policy.terms.early_deletion_days)
    earliest = min((dues[each].gone_before for each in exists), default=promised)
    return Answer(True, exists, gone, min(promised, earliest))


def backup(policy: Policy, withdrawn_on: date, asked_on: date, dues: Mapping[str, Dates]) -> Answer:
    """Answer a request for a backup of what still exists. The file itself goes after days."""
    exists, gone = _sorted_out(dues, asked_on)
    if asked_on > window_end(policy, withdrawn_on):
        return Answer(False, exists, gone, reason=WINDOW_CLOSED)
    return Answer(True, exists, gone, backup_file_gone_before(policy, asked_on))


def backup_file_gone_before(policy: Policy, delivered_on: date) -> date:
    """Return the day before which the archive of a backup is deleted."""
    return delivered_on + timedelta(days=policy.terms.backup_file_days)


def unpaid_invoice(policy: Policy, issued_on: date) -> UnpaidInvoice:
    """Return what follows an invoice that stays unpaid, and when its costs go (R2)."""
    cancelled = add_months(issued_on, policy.terms.cancelled_after_months)
    costs = within(policy, cancelled, policy.terms.cost.free_months)
    suspended = issued_on + timedelta(days=policy.terms.suspended_after_days)
    return UnpaidInvoice(suspended, cancelled, costs.gone_before)


def _sorted_out(dues: Mapping[str, Dates], on: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    by_date = sorted(dues, key=lambda each: (dues[each].gone_before, each))
    exists = tuple(each for each in by_date if dues[each].scheduled_on > on)
    return exists, tuple(each for each in by_date if each not in exists)
