"""What an action is, in words: for who approves it, and for who does it by hand in a portal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from warehouse.extracts.money import shown
from warehouse.registry.action_rows import Action

PORTALS: Final[Mapping[tuple[str, str], str]] = {
    ("aws", "plan"): "AWS console > Billing and Cost Management > Savings Plans > Purchase.",
    ("aws", "EC2_RI"): "AWS console > EC2 > Reserved Instances > Purchase.",
    ("aws", "RDS_RI"): "AWS console > RDS > Reserved instances > Purchase.",
    ("aws", "ELASTICACHE_RI"): "AWS console > ElastiCache > Reserved nodes > Purchase.",
    ("aws", "MEMORYDB_RI"): "AWS console > MemoryDB > Reserved nodes > Purchase.",
    ("aws", "OPENSEARCH_RI"): "AWS console > OpenSearch Service > Reserved Instances > Order.",
    ("aws", "REDSHIFT_RI"): "AWS console > Redshift > Reserved nodes > Purchase.",
    ("aws", "return"): "AWS console > Savings Plans > Inventory > Return Savings Plan.",
    ("aws", "exchange"): "AWS console > EC2 > Reserved Instances > Actions > Exchange.",
    ("aws", "modify"): "AWS console > EC2 > Reserved Instances > Actions > Modify.",
    ("aws", "resell"): "AWS console > EC2 > Reserved Instances > Actions > Sell.",
    ("azure", "plan"): "Azure portal > Savings plans > Add: this commitment, term and billing.",
    ("azure", "RESERVATION"): "Azure portal > Reservations > Add: this product, region and count.",
    ("azure", "return"): "Azure portal > Reservations > the reservation > Refund.",
    ("azure", "exchange"): "Azure portal > Reservations > the reservation > Exchange.",
    ("gcp", "plan"): "Google Cloud console > Billing > Commitments > Purchase: this commitment.",
    ("gcp", "RESOURCE_CUD"): (
        "Google Cloud console > Compute Engine > Committed use discounts > Purchase: cores and"
        " memory of a series stand in one commitment."
    ),
}
FOR_GOOD: Final[Mapping[str, str]] = {
    "buy": "It cannot be cancelled: it is paid to its last hour, used or not.",
    "queue": "It can be taken out of the queue until it starts; then it cannot be cancelled.",
    "exchange": "It cannot be undone.",
    "modify": "It can be modified back; it costs nothing.",
    "resell": "The listing can be cancelled until somebody buys; a sale cannot be undone.",
    "return": "It cannot be undone.",
}
VERBS: Final[Mapping[str, str]] = {
    "buy": "Buy",
    "queue": "Queue",
    "exchange": "Exchange",
    "modify": "Modify",
    "resell": "Sell",
    "return": "Return",
}


def steps(action: Action) -> str:
    """Say where in the cloud's portal the action is done by hand."""
    kind = action.kind
    if kind in {"buy", "queue"}:
        kind = action.order["program"] if "count" in action.order else "plan"
    where = PORTALS.get((action.provider, kind), f"the portal of {action.provider}.")
    asked = ", ".join(f"{name}={word}" for name, word in action.order.items())
    return f"{where} Account {action.account_id}; {asked}."


def summary(action: Action) -> str:
    """Say what is done, for how much, for how long, and whether it can be undone."""
    saved = _money(action, action.expected_monthly_savings)
    what = (
        f"{VERBS[action.kind]} {_thing(action)} in {action.provider} account {action.account_id}."
    )
    expected = f"Expected to save {saved} a month net, of {action.base}."
    return " ".join((what, _cost(action), expected, FOR_GOOD[action.kind]))


def _money(action: Action, amount: str | Decimal) -> str:
    return f"{action.billing_currency} {shown(Decimal(amount), action.billing_currency)}"


def _thing(action: Action) -> str:
    order = action.order
    if action.kind not in {"buy", "queue"}:
        return f"the commitment {action.subject}"
    place = " ".join(filter(None, (order.get("instance_family"), order.get("region_id"))))
    if count := order.get("count"):
        what = order.get("instance_type") or order.get("offering_id")
        words = (order.get("offering_class"), order.get("program"), order.get("region_id"))
        return f"{count} x {what} {' '.join(filter(None, words))}".rstrip()
    size = f"{order.get('currency')} {order.get('hourly_commitment')} an hour"
    return f"{size} of {order.get('program')} {place}".rstrip()


def _cost(action: Action) -> str:
    order, total = action.order, _money(action, action.committed_cost)
    if action.kind in {"buy", "queue"}:
        start = f", from {order['start_at']}" if "start_at" in order else ""
        return (
            f"Commits to {total} over {order.get('term_months', '?')} months{start}, of that"
            f" {_money(action, order.get('upfront', order.get('fixed_price', '0')))} upfront."
        )
    if action.kind == "resell":
        return (
            f"Asks {_money(action, order['price'])} for each of {order['count']}; below"
            f" {_money(action, order['floor_price'])} keeping it is better. The marketplace keeps"
            " 12 %; the seller must be registered there."
        )
    if action.kind == "exchange":
        return f"Pays at most {_money(action, order['max_true_up'])} on top."
    return f"{total} of it is still to run."
