"""`finhouse connection check` for AWS: what is missing, in words a person can act on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from pipelines.providers.aws.layouts import LEGACY, Place, places
from pipelines.providers.aws.manifests import Manifest
from pipelines.providers.checkup import delivered, fresh, listed, unfit
from pipelines.providers.contract import (
    BillError,
    ConnectionConfig,
    Delivery,
    Finding,
    InFlight,
)
from pipelines.providers.store import ObjectStore, StoredObject, StoreError

STALE = timedelta(hours=24)
"""AWS delivers at least once a day."""
STALE_ADVICE = "Look at the export's status in the AWS billing console."
NAMES = {"cur1": "a legacy Cost and Usage Report", "cur2": "CUR 2.0", "focus": "a FOCUS export"}


class Bills(Protocol):
    """What the check asks the provider."""

    def deliveries(self) -> Iterator[Delivery | InFlight]:
        """List what is there."""

    def manifest(self, place: Place) -> tuple[Manifest, StoredObject] | None:
        """Read one period's manifest."""


def check(config: ConnectionConfig, store: ObjectStore, bills: Bills) -> list[Finding]:
    """Ask in the order in which things go wrong; stop at the first that hides the rest."""
    findings: list[Finding] = []
    try:
        for finding in _findings(config, store, bills):
            findings.append(finding)
            if not finding.ok and finding.subject in {"export", "export type"}:
                break
    except BillError as error:
        subject = "location" if isinstance(error, StoreError) else "manifest"
        findings.append(unfit(subject, error))
    return findings


def _findings(config: ConnectionConfig, store: ObjectStore, bills: Bills) -> Iterator[Finding]:
    store.verify()
    yield Finding(True, "location", f"{config.location} can be listed.")
    yield _export(config, store)
    yield _export_type(config, store, bills)
    deliveries, beside = listed(bills.deliveries(), lambda _: "manifest")
    yield delivered(deliveries) if deliveries else _nothing_delivered(config)
    yield from beside
    if deliveries:
        yield fresh(config, deliveries, STALE, "the last delivery is", STALE_ADVICE)


def _failed(subject: str, message: str, advice: str) -> Finding:
    return Finding(False, subject, message, advice)


def _export(config: ConnectionConfig, store: ObjectStore) -> Finding:
    """The export's folder exists once AWS has delivered anything at all."""
    if store.folders(f"{config.export_name}/"):
        return Finding(True, "export", f"{config.export_name} is there.")
    others = ", ".join(store.folders("")[:10])
    return _failed(
        "export",
        f"{config.location} has no export {config.export_name!r}.",
        f"Exports found here: {others}. Correct the export's name or the location."
        if others
        else "AWS needs up to 24 hours for the first delivery after an export is created. "
        "If it is older, correct the location's prefix.",
    )


def _export_type(config: ConnectionConfig, store: ObjectStore, bills: Bills) -> Finding:
    delivered = _delivered_type(config, store, bills)
    if delivered in {None, config.dataset}:
        return Finding(True, "export type", f"it is {NAMES[config.dataset]}.")
    return _failed(
        "export type",
        f"{config.export_name} is {NAMES[str(delivered)]}, not {NAMES[config.dataset]}.",
        f"Set the connection's dataset to {delivered}, or name another export.",
    )


def _delivered_type(config: ConnectionConfig, store: ObjectStore, bills: Bills) -> str | None:
    """Tell the dataset from the layout and the newest manifest's columns; None if unknown."""
    newest = list(places(store, "cur2", config.export_name))[-1:]
    if not newest:
        return LEGACY if list(places(store, LEGACY, config.export_name)) else None
    try:
        found = bills.manifest(newest[0])
    except StoreError:
        raise
    except BillError:
        found = None  # it is told as what it is, beside the deliveries
    columns = {column.lower() for column in found[0].columns} if found else set()
    if not columns:
        return config.dataset if config.dataset != LEGACY else "cur2"
    return "focus" if "billedcost" in columns else "cur2"


def _nothing_delivered(config: ConnectionConfig) -> Finding:
    return _failed(
        "deliveries",
        f"{config.export_name} has no complete delivery yet.",
        "AWS delivers at least once a day; look again tomorrow.",
    )
