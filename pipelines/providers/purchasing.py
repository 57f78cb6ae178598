"""What the house asks of a cloud where commitments are bought, changed, sold or given back.

Reading bills needs none of it: a cloud that lets nobody in to buy is served by hand, in its portal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pipelines.providers.contract import BillError


@dataclass(frozen=True)
class Order:
    """What an approved action asks for, word for word."""

    action_id: str
    kind: str
    """buy, queue, exchange, modify, resell or return."""
    account_id: str
    token: str
    """Makes asking twice the same as asking once, where the cloud takes it."""
    details: Mapping[str, str]


@dataclass(frozen=True)
class Receipt:
    """What a cloud did: how it calls the outcome, what was asked and answered. No secrets."""

    result_id: str | None
    evidence: Mapping[str, Any]


class RefusedError(BillError):
    """The cloud understood and said no: nothing happened, and asking again changes nothing."""


class OutcomeUnknownError(BillError):
    """The cloud was asked, and its answer did not arrive: it may have done it or not."""


class Buyer(Protocol):
    """One account of a cloud that may be bought in.

    Every call raises BillError where nothing happened and asking again later may help.
    """

    def rehearse(self, order: Order) -> Mapping[str, Any]:
        """Return the request as it would be sent, every condition looked up; nothing is done."""

    def execute(self, order: Order) -> Receipt:
        """Ask for it, once. Raises RefusedError or OutcomeUnknownError."""

    def find(self, order: Order, since: datetime) -> Receipt | None:
        """Look up whether an order that was sent after `since` was carried out."""

    def is_repeatable(self, order: Order) -> bool:
        """Tell whether the cloud takes the order's token: sending it again does nothing new."""
