"""`finhouse connection check` for GCP: what is missing, in words a person can act on."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from pipelines.providers.contract import (
    BillError,
    ConnectionConfig,
    Delivery,
    Finding,
    InFlight,
    utc_now,
)
from pipelines.providers.gcp.bigquery import BigQueryBills
from pipelines.providers.gcp.columns import COLUMNS
from pipelines.providers.store import StoreError
from warehouse.registry.words import fresh_within

HOUR = timedelta(hours=1)
STALE = timedelta(hours=48)
"""Google loads several times a day, but promises nothing: rows lag by up to a day or two."""


class Listing(Protocol):
    """What the check asks of a connection's bills."""

    def deliveries(self) -> Iterator[Delivery | InFlight]:
        """List what is there."""


def check(config: ConnectionConfig, bills: Callable[[], Listing]) -> list[Finding]:
    """Ask in the order in which things go wrong; what cannot go on ends in one failed finding."""
    findings: list[Finding] = []
    try:
        findings.extend(_findings(config, bills()))
    except BillError as error:
        subject = "location" if isinstance(error, StoreError) else "bills"
        said = f"{error.code}: {error.where}: {error.what}"
        findings.append(Finding(False, subject, said, error.advice))
    return findings


def _findings(config: ConnectionConfig, bills: Listing) -> list[Finding]:
    found = [_columns(config, bills)] if isinstance(bills, BigQueryBills) else []
    if not all(finding.ok for finding in found):
        return found
    listed: list[Delivery] = []
    unfit: list[Finding] = []
    try:
        for one in bills.deliveries():
            if isinstance(one, Delivery):
                listed.append(one)
            else:
                said = f"{one.billing_period}: {one.reason}"
                unfit.append(Finding(True, "in flight", said, "It is left for next time."))
    except StoreError:
        raise
    except BillError as error:
        said = f"{error.code}: {error.where}: {error.what}"
        unfit.append(Finding(False, "bills", said, error.advice))
    fresh = [_fresh(config, listed)] if listed else []
    return [*found, _delivered(config, listed), *unfit, *fresh]


def _columns(config: ConnectionConfig, bills: BigQueryBills) -> Finding:
    """A table of another export type lacks columns; the detailed one has resources."""
    present = {field.name.lower() for field in bills.described.schema}
    wanted = {field.path[0] for field in COLUMNS[config.dataset].fields if field.is_required}
    missing = sorted(name for name in wanted if name.lower() not in present)
    if config.dataset == "detailed" and "resource" not in present:
        missing.append("resource")
    if not missing:
        return Finding(True, "export type", f"{bills.table} is a {config.dataset} export.")
    return Finding(
        False,
        "export type",
        f"{bills.table} lacks the columns {', '.join(missing)}.",
        f"Is it a {config.dataset} export? Correct the connection's dataset or export name.",
    )


def _delivered(config: ConnectionConfig, deliveries: list[Delivery]) -> Finding:
    if not deliveries:
        return Finding(
            False,
            "deliveries",
            f"{config.export_name} holds no complete month yet.",
            "Google fills a new export within a day; extracts need their manifest.json.",
        )
    first, last = deliveries[0].billing_period, deliveries[-1].billing_period
    return Finding(True, "deliveries", f"{len(deliveries)} months, {first} to {last}.")


def _fresh(config: ConnectionConfig, deliveries: list[Delivery]) -> Finding:
    limit = fresh_within(config.options, STALE)
    newest = max(delivery.submitted_at for delivery in deliveries)
    said = f"the newest rows are of {newest:%Y-%m-%d %H:%M} UTC"
    if utc_now() - newest <= limit:
        return Finding(True, "freshness", f"{said}.")
    return Finding(
        False,
        "freshness",
        f"{said}, more than {limit // HOUR} hours ago.",
        "Look at the billing export's status in the Google Cloud console.",
    )
