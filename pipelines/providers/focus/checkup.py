"""`finhouse connection check` for FOCUS feeds: what is missing, in words to act on."""

from collections.abc import Iterator
from typing import Protocol

from pipelines.providers.checkup import delivered, listed, unfit
from pipelines.providers.contract import (
    BillingPeriod,
    ConnectionConfig,
    Delivery,
    Finding,
    InFlight,
)
from pipelines.providers.store import ObjectStore, StoreError


class Bills(Protocol):
    """What the check asks the provider."""

    def periods(self) -> list[BillingPeriod]:
        """Months that have a folder."""

    def deliveries(self) -> Iterator[Delivery | InFlight]:
        """List what is there."""


def check(config: ConnectionConfig, store: ObjectStore, bills: Bills) -> list[Finding]:
    """Ask in the order in which things go wrong; stop at the first that hides the rest."""
    try:
        store.verify()
        location = Finding(True, "location", f"{config.location} can be listed.")
        if not bills.periods():
            return [location, _no_months(config, store)]
        return [location, *_listed(config, bills)]
    except StoreError as error:
        return [unfit("location", error)]


def _no_months(config: ConnectionConfig, store: ObjectStore) -> Finding:
    others = ", ".join(store.folders("")[:10])
    return Finding(
        False,
        "export",
        f"{config.location} has no months of {config.export_name!r}.",
        f"Write each month to {config.export_name}/YYYY-MM/."
        + (f" Folders found here: {others}." if others else ""),
    )


def _listed(config: ConnectionConfig, bills: Bills) -> Iterator[Finding]:
    deliveries, beside = listed(bills.deliveries(), lambda _: "month")
    yield from beside
    if deliveries:
        yield delivered(deliveries)
    elif all(finding.ok for finding in beside):
        said = f"{config.export_name} has no complete month yet."
        yield Finding(False, "deliveries", said, "Look again when the feed has written one.")
