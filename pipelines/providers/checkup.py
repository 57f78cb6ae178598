"""What `finhouse connection check` asks of every provider, in words a person can act on."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from pipelines.providers.contract import (
    BillError,
    ConnectionConfig,
    Delivery,
    Finding,
    InFlight,
    utc_now,
)
from pipelines.providers.store import StoreError
from warehouse.registry.words import fresh_within

HOUR = timedelta(hours=1)


def unfit(subject: str, error: BillError) -> Finding:
    """Tell a refusal as a finding."""
    return Finding(False, subject, f"{error.code}: {error.where}: {error.what}", error.advice)


def listed(
    deliveries: Iterable[Delivery | InFlight], subject: Callable[[BillError], str]
) -> tuple[list[Delivery], list[Finding]]:
    """Return the deliveries there are, and what else the listing says.

    `subject` names what a BillError is about. A StoreError goes on: nothing can be listed then.
    """
    found: list[Delivery] = []
    beside: list[Finding] = []
    try:
        for one in deliveries:
            if isinstance(one, Delivery):
                found.append(one)
            else:
                said = f"{one.billing_period}: {one.reason}"
                beside.append(Finding(True, "in flight", said, "It is left for next time."))
    except StoreError:
        raise
    except BillError as error:
        beside.append(unfit(subject(error), error))
    return found, beside


def delivered(deliveries: list[Delivery]) -> Finding:
    """Tell how many months there are, from which to which."""
    first, last = deliveries[0].billing_period, deliveries[-1].billing_period
    return Finding(True, "deliveries", f"{len(deliveries)} months, {first} to {last}.")


def fresh(
    config: ConnectionConfig, deliveries: list[Delivery], usual: timedelta, what: str, advice: str
) -> Finding:
    """Compare the newest delivery with the age that the connection, or else the cloud, allows."""
    limit = fresh_within(config.options, usual)
    newest = max(delivery.submitted_at for delivery in deliveries)
    said = f"{what} of {newest:%Y-%m-%d %H:%M} UTC"
    if utc_now() - newest <= limit:
        return Finding(True, "freshness", f"{said}.")
    return Finding(False, "freshness", f"{said}, more than {limit // HOUR} hours ago.", advice)
