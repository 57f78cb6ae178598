"""`finhouse connection check` for Azure: what is missing, in words a person can act on."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Protocol

from pipelines.providers.azure.blobs import BlobStore
from pipelines.providers.azure.columns import KINDS
from pipelines.providers.azure.layouts import months
from pipelines.providers.azure.signin import ROLE
from pipelines.providers.checkup import delivered, fresh, listed, unfit
from pipelines.providers.contract import (
    BillError,
    ConnectionConfig,
    Delivery,
    Finding,
    InFlight,
)
from pipelines.providers.store import StoreError

STALE = timedelta(hours=24)
"""A daily export runs at least once a day."""
STALE_ADVICE = "Look at the export's run history in Cost Management."


class Bills(Protocol):
    """What the check asks the provider."""

    @property
    def config(self) -> ConnectionConfig:
        """The connection."""

    @property
    def store(self) -> BlobStore:
        """Where its exports lie."""

    @property
    def exports(self) -> Mapping[str, str]:
        """Part of a delivery -> its export's name."""

    def deliveries(self) -> Iterator[Delivery | InFlight]:
        """List what is there."""


def check(bills: Bills) -> list[Finding]:
    """Ask in the order in which things go wrong; stop at the first that hides the rest."""
    findings: list[Finding] = []
    try:
        for finding in _findings(bills):
            findings.append(finding)
            if not finding.ok and finding.subject == "export":
                break
    except BillError as error:
        subjects = {"SETTING_MISSING": "setting", "CREDENTIALS_MISSING": "secret"}
        subject = "location" if isinstance(error, StoreError) else "manifest"
        findings.append(unfit(subjects.get(error.code, subject), error))
    return findings


def _findings(bills: Bills) -> Iterator[Finding]:
    exports = bills.exports
    bills.store.verify()
    yield Finding(True, "location", f"{bills.config.location} can be listed: {ROLE} is enough.")
    for part, export in exports.items():
        yield _export(bills, part, export)
    deliveries, beside = listed(
        bills.deliveries(),
        lambda error: "export type" if error.code == "DATASET_TYPE" else "manifest",
    )
    yield delivered(deliveries) if deliveries else _nothing_delivered(exports)
    yield from beside
    if deliveries:
        yield fresh(bills.config, deliveries, STALE, "the last run is", STALE_ADVICE)


def _export(bills: Bills, part: str, export: str) -> Finding:
    """The export's folder exists once it has run at all."""
    if any(months(bills.store, export)):
        return Finding(True, "export", f"{export} ({KINDS[part]}) is there.")
    others = ", ".join(bills.store.folders("")[:10])
    return Finding(
        False,
        "export",
        f"{bills.config.location} has no export {export!r} of type {KINDS[part]}.",
        f"Found here: {others}. Correct the export's name or the location's directory."
        if others
        else "A new daily export first runs within 24 hours; `Run now` in Cost Management does not "
        "wait. If it is older, correct the location's container and directory.",
    )


def _nothing_delivered(exports: Mapping[str, str]) -> Finding:
    named = " and ".join(exports.values())
    return Finding(
        False,
        "deliveries",
        f"{named} have no complete month together yet."
        if len(exports) > 1
        else f"{named} has no complete month yet.",
        "Daily month-to-date exports run once a day: look again tomorrow.",
    )
