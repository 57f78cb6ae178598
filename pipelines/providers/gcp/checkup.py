"""`finhouse connection check` for GCP: what is missing, in words a person can act on."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from pipelines.providers.checkup import delivered, fresh, listed, unfit
from pipelines.providers.contract import (
    BillError,
    ConnectionConfig,
    Delivery,
    Finding,
    InFlight,
)
from pipelines.providers.gcp.bigquery import BigQueryBills
from pipelines.providers.gcp.columns import COLUMNS
from pipelines.providers.store import StoreError

STALE = timedelta(hours=48)
"""Google loads several times a day, but promises nothing: rows lag by up to a day or two."""
STALE_ADVICE = "Look at the billing export's status in the Google Cloud console."


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
        findings.append(unfit(subject, error))
    return findings


def _findings(config: ConnectionConfig, bills: Listing) -> list[Finding]:
    found = [_columns(config, bills)] if isinstance(bills, BigQueryBills) else []
    if not all(finding.ok for finding in found):
        return found
    deliveries, beside = listed(bills.deliveries(), lambda _: "bills")
    if not deliveries:
        return [*found, _nothing_delivered(config), *beside]
    newest = fresh(config, deliveries, STALE, "the newest rows are", STALE_ADVICE)
    return [*found, delivered(deliveries), *beside, newest]


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


def _nothing_delivered(config: ConnectionConfig) -> Finding:
    return Finding(
        False,
        "deliveries",
        f"{config.export_name} holds no complete month yet.",
        "Google fills a new export within a day; extracts need their manifest.json.",
    )
