"""Carry out what members approved: once, or not at all, whatever dies in between.

The registry notes the attempt before the cloud is asked and its end after. Found with an attempt
and no end, an action is looked up at the cloud; it is sent again only under a token that makes
sending twice the same as sending once.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pipelines.autosavings.portal import steps
from pipelines.house import House
from pipelines.providers.contract import BillError, ConnectionConfig
from pipelines.providers.purchasing import (
    Buyer,
    Order,
    OutcomeUnknownError,
    Receipt,
    RefusedError,
)
from pipelines.providers.registry import BUYERS
from warehouse.held_commitments import subscription_stop
from warehouse.registry import deliveries
from warehouse.registry.action_rows import Action
from warehouse.registry.actions import Actions
from warehouse.registry.errors import InvalidError

SETTLED: Final = timedelta(hours=1)
"""After that long, what a cloud was asked for is listed there, or never happened."""


def order_of(action: Action) -> Order:
    """Return what is asked of the cloud for an action."""
    return Order(
        action.action_id, action.kind, action.account_id, action.idempotency_token, action.order
    )


def buyer_of(action: Action, connections: Iterable[ConnectionConfig]) -> Buyer:
    """Return who may buy in the action's account. Raises BillError, with the steps by hand."""
    for config in connections:
        make = BUYERS.get(action.provider)
        if config.provider == action.provider and make:
            buyer = make(config, action.account_id)
            if buyer:
                return buyer
    raise BillError(
        "NO_PURCHASES",
        f"{action.provider} account {action.account_id}",
        "no connection may buy there; reading bills goes on without.",
        f"By hand: {steps(action)} Then `finhouse actions execute {action.action_id}"
        " --by-hand ID`.",
    )


def connections_of(house: House, company_id: str) -> list[ConnectionConfig]:
    """Return the connections of a company. Raises NotAllowedError for a member."""
    living = house.registry.connections.living()
    own = {each.connection_id for each in living if each.company_id == company_id}
    return [config for config in house.connections() if config.connection_id in own]


def refuse_stopped(house: House, company_id: str, now: datetime) -> None:
    """Refuse a company whose invoices are unpaid for 30 days. Raises InvalidError."""
    published = deliveries.published_snapshot(house.registry)
    if published is None:
        raise InvalidError("Nothing is published yet.", "Run `finhouse refresh` first.")
    with house.lake.connect(published[0]) as lake:
        stop = subscription_stop(lake, company_id, now)
    if stop:
        raise InvalidError(
            f"AutoSavings is stopped: an invoice is unpaid for 30 days or more ({stop['status']}).",
            "It acts again when the invoice is paid.",
        )


def rehearse(action: Action, buyer: Buyer) -> Mapping[str, Any]:
    """Return the request that would be sent; nothing is bought and nothing is kept."""
    return buyer.rehearse(order_of(action))


def carry_out(actions: Actions, action_id: str, company: str | None, buyer: Buyer) -> Action:
    """Carry out one approved action. Raises OutcomeUnknownError when nobody can tell what happened.

    A refusal for good ends it as failed; one for now (rights, rates) leaves it approved.
    """
    began = actions.begin(action_id, company=company)
    order = order_of(began)

    def end(state: str, receipt: Receipt) -> Action:
        return actions.finish(
            action_id, state, receipt.evidence, result_id=receipt.result_id, company=company
        )

    try:
        if began.attempted_at and (found := buyer.find(order, began.attempted_at)):
            return end("executed", found)
        if began.attempted_at and not buyer.is_repeatable(order):
            return _unlisted(actions, began, end)
        return end("executed", _sent(actions, began, buyer, order))
    except OutcomeUnknownError as error:
        actions.note(action_id, {"outcome": "unknown", "said": str(error)}, company)
        raise
    except RefusedError as error:
        return end("failed", Receipt(None, {"outcome": "refused", "said": str(error)}))
    except BillError as error:
        # Under a token an earlier attempt may still have worked: only a first one is undone.
        if not began.attempted_at:
            end("approved", Receipt(None, {"outcome": "not sent", "said": str(error)}))
        raise


def _sent(actions: Actions, began: Action, buyer: Buyer, order: Order) -> Receipt:
    """Send an order. What is refused now may have worked before, and only not be listed yet."""
    try:
        return buyer.execute(order)
    except RefusedError as error:
        if _is_fresh(actions, began):
            raise _wait(began) from error
        raise


def by_hand(actions: Actions, action_id: str, company: str | None, result_id: str) -> Action:
    """Keep that a person carried an approved action out in the cloud's portal."""
    actions.begin(action_id, company=company)
    evidence = {"outcome": "by hand", "result_id": result_id}
    return actions.finish(action_id, "executed", evidence, result_id=result_id, company=company)


def _unlisted(actions: Actions, began: Action, end: Callable[[str, Receipt], Action]) -> Action:
    """End what the cloud knows nothing of after an hour; before that, wait."""
    if _is_fresh(actions, began):
        raise _wait(began)
    return end("failed", Receipt(None, {"outcome": "never arrived", "looked_up": True}))


def _is_fresh(actions: Actions, began: Action) -> bool:
    sent = began.attempted_at
    return sent is not None and actions.database.now() - sent < SETTLED


def _wait(began: Action) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        "OUTCOME_UNKNOWN", began.action_id,
        f"it was sent at {began.attempted_at:%Y-%m-%d %H:%M} UTC and is not listed yet.",
        "Execute it again in an hour: it is looked up first.",
    )  # fmt: skip
