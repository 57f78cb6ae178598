"""EC2 Reserved Instances: bought, exchanged, modified, listed for sale. Source: EC2 API Reference.

Commitments are called by their ARN, as bills do; EC2 takes the id at its end.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from pipelines.providers.aws.reserved_offerings import offering, refuse_dearer
from pipelines.providers.purchasing import Order, OutcomeUnknownError, RefusedError

SKEW: Final = timedelta(minutes=5)
"""AWS's clock and ours."""
CENT: Final = Decimal("0.01")


class _InRegion:
    service = "ec2"

    def region(self, order: Order) -> str:
        """Return the region of the machines."""
        return order.details["region_id"]


class ReservationPurchase(_InRegion):
    """Buy reservations of an offering. EC2 takes no token: an unknown outcome is looked up."""

    operation = "PurchaseReservedInstancesOffering"
    takes_token = False

    def request(self, client: Any, order: Order) -> dict[str, Any]:
        """Return the request for an offering that costs what was approved."""
        asked = order.details
        offer = offering(client, order)
        refuse_dearer(offer, asked)
        later = (
            {"PurchaseTime": datetime.fromisoformat(asked["start_at"])}
            if order.kind == "queue"
            else {}
        )
        return {
            "ReservedInstancesOfferingId": offer["ReservedInstancesOfferingId"],
            "InstanceCount": int(asked["count"]),
            **later,
        }

    def result(self, answer: Mapping[str, Any], order: Order) -> str:
        """Return the reservation's ARN, as it will stand in the bills."""
        return _arn(order, answer["ReservedInstancesId"])

    def find(self, client: Any, order: Order, since: datetime) -> str | None:
        """Find the one reservation of these terms that began since: nothing else marks it."""
        offer = offering(client, order)
        same = ("InstanceType", "Duration", "OfferingType", "OfferingClass", "ProductDescription")
        began = (
            datetime.fromisoformat(order.details["start_at"]) if order.kind == "queue" else since
        )
        found = [
            each["ReservedInstancesId"]
            for each in client.describe_reserved_instances()["ReservedInstances"]
            if each["Start"] >= began - SKEW
            and each["InstanceCount"] == int(order.details["count"])
            and all(each.get(name) == offer.get(name) for name in same)
        ]
        if len(found) > 1:
            raise OutcomeUnknownError(
                "AMBIGUOUS", order.action_id, f"{len(found)} reservations look like it.",
                "Look at the account's reservations, then name the one: --by-hand ID.",
            )  # fmt: skip
        return _arn(order, found[0]) if found else None


class Exchange(_InRegion):
    """Give convertible reservations for others, at no more than the approved true-up."""

    operation = "AcceptReservedInstancesExchangeQuote"
    takes_token = False

    def request(self, client: Any, order: Order) -> dict[str, Any]:
        """Return the request, at a quote that holds what was approved."""
        asked = order.details
        target = asked.get("offering_id") or offering(client, order)["ReservedInstancesOfferingId"]
        request = {
            "ReservedInstanceIds": [_id(asked["commitment_id"])],
            "TargetConfigurations": [{"OfferingId": target, "InstanceCount": int(asked["count"])}],
        }
        quote = client.get_reserved_instances_exchange_quote(**request)
        due = Decimal(quote.get("PaymentDue") or 0)
        if not quote.get("IsValidExchange"):
            said = str(quote.get("ValidationFailureReason", "AWS does not say why."))
            raise RefusedError("EXCHANGE", asked["commitment_id"], said)
        if due > Decimal(asked["max_true_up"]):
            raise RefusedError(
                "PRICE", asked["commitment_id"],
                f"the true-up is {due} now, approved were {asked['max_true_up']}.",
                "Propose it anew.",
            )  # fmt: skip
        return request

    def result(self, answer: Mapping[str, Any], order: Order) -> str:  # noqa: ARG002
        """Return the id of the exchange; the new reservation shows in the bills."""
        return str(answer["ExchangeId"])

    def find(self, client: Any, order: Order, since: datetime) -> str | None:
        """Tell whether the old reservation was retired since."""
        given = order.details["commitment_id"]
        try:
            old = _reservation(client, given)
        except RefusedError as error:
            raise OutcomeUnknownError(
                "UNLISTED", given, "AWS lists it no more, exchanged or over.",
                "Look at the account's exchanges, then name the one: --by-hand ID.",
            ) from error  # fmt: skip
        is_gone = old["State"] == "retired" and old["End"] >= since - SKEW
        return given if is_gone else None


class Modification(_InRegion):
    """Move a reservation to another zone, scope or size of its family; it costs nothing."""

    operation = "ModifyReservedInstances"
    takes_token = True

    def request(self, client: Any, order: Order) -> dict[str, Any]:  # noqa: ARG002
        """Return the request."""
        asked = order.details
        words = {
            "AvailabilityZone": asked.get("availability_zone"),
            "InstanceType": asked.get("instance_type"),
            "Scope": asked.get("scope"),
        }
        target = {name: word for name, word in words.items() if word}
        return {
            "ReservedInstancesIds": [_id(asked["commitment_id"])],
            "TargetConfigurations": [{**target, "InstanceCount": int(asked["count"])}],
            "ClientToken": order.token,
        }

    def result(self, answer: Mapping[str, Any], order: Order) -> str:  # noqa: ARG002
        """Return the id of the modification."""
        return str(answer["ReservedInstancesModificationId"])

    def find(self, client: Any, order: Order, since: datetime) -> str | None:  # noqa: ARG002
        """Find the modification by its token."""
        found = client.describe_reserved_instances_modifications(
            Filters=[{"Name": "client-token", "Values": [order.token]}]
        )["ReservedInstancesModifications"]
        return str(found[0]["ReservedInstancesModificationId"]) if found else None


class Resale(_InRegion):
    """List standard reservations on the Reserved Instance Marketplace."""

    operation = "CreateReservedInstancesListing"
    takes_token = True

    def request(self, client: Any, order: Order) -> dict[str, Any]:
        """Return the request; the price falls month by month as the term does."""
        asked = order.details
        own = _reservation(client, asked["commitment_id"])
        if own["State"] != "active" or own["Scope"] != "Availability Zone":
            raise RefusedError(
                "NOT_LISTABLE", asked["commitment_id"],
                f"it is {own['State']}, of the scope {own['Scope']}.",
                "Only active zonal ones are listed: change its scope in the console first.",
            )  # fmt: skip
        # A month that has begun is not sold.
        months = int((own["End"] - datetime.now(UTC)) / timedelta(days=30))
        price = Decimal(asked["price"])
        return {
            "ReservedInstancesId": _id(asked["commitment_id"]),
            "InstanceCount": int(asked["count"]),
            "PriceSchedules": [
                {
                    "Term": left,
                    "Price": float((price * left / months).quantize(CENT, ROUND_DOWN)),
                    "CurrencyCode": asked["currency"],
                }
                for left in range(months, 0, -1)
            ],
            "ClientToken": order.token,
        }

    def result(self, answer: Mapping[str, Any], order: Order) -> str:  # noqa: ARG002
        """Return the id of the listing."""
        return str(answer["ReservedInstancesListings"][0]["ReservedInstancesListingId"])

    def find(self, client: Any, order: Order, since: datetime) -> str | None:  # noqa: ARG002
        """Find the listing by its token."""
        listings = client.describe_reserved_instances_listings(
            ReservedInstancesId=_id(order.details["commitment_id"])
        )["ReservedInstancesListings"]
        own = (each for each in listings if each.get("ClientToken") == order.token)
        found = next(own, None)
        return str(found["ReservedInstancesListingId"]) if found else None


def has_listed(client: Any) -> bool:
    """Tell whether the account ever listed a reservation: then it is registered as a seller.

    Never having listed tells nothing, and no call tells more.
    """
    return bool(client.describe_reserved_instances_listings()["ReservedInstancesListings"])


def _reservation(client: Any, commitment_id: str) -> dict[str, Any]:
    found = client.describe_reserved_instances(ReservedInstancesIds=[_id(commitment_id)])
    if len(found["ReservedInstances"]) != 1:
        raise RefusedError("NO_RESERVATION", commitment_id, "it is not in the account.")
    own: dict[str, Any] = found["ReservedInstances"][0]
    return own


def _id(commitment_id: str) -> str:
    return commitment_id.rpartition("/")[2]


def _arn(order: Order, reservation_id: str) -> str:
    place = f"{order.details['region_id']}:{order.account_id}"
    return f"arn:aws:ec2:{place}:reserved-instances/{reservation_id}"
