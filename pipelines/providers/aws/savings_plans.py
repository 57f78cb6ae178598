"""Savings Plans as AWS sells them and takes them back. Source: Savings Plans API Reference."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pipelines.providers.purchasing import Order, RefusedError

PLAN_TYPES: Final = {
    "COMPUTE_SP": "Compute",
    "EC2_INSTANCE_SP": "EC2Instance",
    "DATABASE_SP": "Database",
    "SAGEMAKER_SP": "SageMaker",
}
SECONDS: Final = {"12": 31_536_000, "36": 94_608_000}
"""Months -> 365 or 1,095 days: AWS's terms end a day early in a leap year."""
TAG: Final = "finhouse-action"
"""Marks what was bought, so that a purchase whose answer was lost is found again."""


class PlanPurchase:
    """Buy a plan now, or queue it for a day to come."""

    service = "savingsplans"
    operation = "CreateSavingsPlan"
    takes_token = True

    def region(self, order: Order) -> str:  # noqa: ARG002 - the service has one endpoint
        """Return the one region of the service."""
        return "us-east-1"

    def request(self, client: Any, order: Order) -> dict[str, Any]:
        """Return the request for the one offering of these terms."""
        asked = order.details
        upfront = (
            {"upfrontPaymentAmount": asked["upfront"]}
            if asked["payment_option"] == "Partial Upfront"
            else {}
        )
        later = (
            {"purchaseTime": datetime.fromisoformat(asked["start_at"])}
            if order.kind == "queue"
            else {}
        )
        return {
            "savingsPlanOfferingId": _offering(client, order),
            "commitment": asked["hourly_commitment"],
            **upfront,
            **later,
            "clientToken": order.token,
            "tags": {TAG: order.action_id},
        }

    def result(self, answer: Mapping[str, Any], order: Order) -> str:
        """Return the plan's ARN, as it will stand in the bills."""
        return f"arn:aws:savingsplans::{order.account_id}:savingsplan/{answer['savingsPlanId']}"

    def find(self, client: Any, order: Order, since: datetime) -> str | None:  # noqa: ARG002
        """Find the plan by its tag. Raises RefusedError for one that AWS was not paid for."""
        for plan in _plans(client):
            if plan.get("tags", {}).get(TAG) == order.action_id:
                arn = str(plan["savingsPlanArn"])
                if plan.get("state") == "payment-failed":
                    raise RefusedError("PAYMENT", arn, "its payment failed: it was not bought.")
                return arn
        return None


class PlanReturn:
    """Give a plan back, within 7 days and the same month."""

    service = "savingsplans"
    operation = "ReturnSavingsPlan"
    takes_token = True

    def region(self, order: Order) -> str:  # noqa: ARG002 - the service has one endpoint
        """Return the one region of the service."""
        return "us-east-1"

    def request(self, client: Any, order: Order) -> dict[str, Any]:
        """Return the request for a plan that AWS still takes back."""
        plan = _plan(client, order)
        until = str(plan.get("returnableUntil", ""))
        if not until or datetime.fromisoformat(until) <= datetime.now(UTC):
            raise RefusedError(
                "NOT_RETURNABLE", order.details["commitment_id"],
                f"AWS took it back until {until or 'never'}.", "It runs until its end.",
            )  # fmt: skip
        return {"savingsPlanId": plan["savingsPlanId"], "clientToken": order.token}

    def result(self, answer: Mapping[str, Any], order: Order) -> str:  # noqa: ARG002
        """Return the plan's ARN."""
        return order.details["commitment_id"]

    def find(self, client: Any, order: Order, since: datetime) -> str | None:  # noqa: ARG002
        """Return the plan's ARN when it has been returned."""
        is_back = _plan(client, order).get("state") in {"pending-return", "returned"}
        return order.details["commitment_id"] if is_back else None


def _offering(client: Any, order: Order) -> str:
    asked = order.details
    place = {"region": asked.get("region_id"), "instanceFamily": asked.get("instance_family")}
    offers = client.describe_savings_plans_offerings(
        planTypes=[PLAN_TYPES[asked["program"]]],
        paymentOptions=[asked["payment_option"]],
        durations=[SECONDS[asked["term_months"]]],
        currencies=[asked["currency"]],
        filters=[{"name": name, "values": [word]} for name, word in place.items() if word],
    )["searchResults"]
    ids = {offer["offeringId"] for offer in offers}
    if len(ids) != 1:
        raise RefusedError(
            "OFFERING", order.action_id, f"AWS has {len(ids)} offerings of these terms, not one.",
            "Wait for the next proposal, or buy in the console.",
        )  # fmt: skip
    return str(ids.pop())


def _plan(client: Any, order: Order) -> dict[str, Any]:
    arn = order.details["commitment_id"]
    for plan in _plans(client, savingsPlanArns=[arn]):
        return plan
    raise RefusedError("NO_PLAN", arn, "there is no such Savings Plan in the account.")


def _plans(client: Any, **which: Any) -> Iterator[dict[str, Any]]:
    more: dict[str, str] = {}
    while True:
        page = client.describe_savings_plans(**which, **more)
        yield from page["savingsPlans"]
        if not page.get("nextToken"):
            return
        more = {"nextToken": page["nextToken"]}
