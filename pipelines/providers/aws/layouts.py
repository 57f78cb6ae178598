"""Where an export keeps its manifests: one current manifest per billing period."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.providers.contract import BillError, BillingPeriod
from pipelines.providers.store import ObjectStore

LEGACY = "cur1"
_DATES = re.compile(r"\d{8}-\d{8}")
_PARTITION = re.compile(r"BILLING_PERIOD=(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """The folder of one billing period's manifest."""

    folder: str
    """Ends with `/`."""
    export: str
    written_month: str

    @property
    def manifest(self) -> str:
        """Key of the current manifest."""
        return f"{self.folder}{self.export}-Manifest.json"

    @property
    def billing_period(self) -> BillingPeriod:
        """The month; BillError PERIOD_NOT_A_MONTH when the folder names anything else."""
        text = self.written_month
        are_dates = _DATES.fullmatch(text)
        try:
            period = BillingPeriod.parse(f"{text[:4]}-{text[4:6]}" if are_dates else text)
        except ValueError as error:
            raise BillError("PERIOD_NOT_A_MONTH", self.folder, f"{error}.") from None
        if are_dates and text != dates(period):
            raise BillError("PERIOD_NOT_A_MONTH", self.folder, f"{text} is not one whole month.")
        return period


def dates(period: BillingPeriod) -> str:
    """Spell a month as legacy CUR does: its first day and the first day of the next month."""
    return f"{period.start:%Y%m%d}-{period.end:%Y%m%d}"


def legacy_places(store: ObjectStore, export: str) -> Iterator[Place]:
    """Yield `<name>/<yyyymmdd-yyyymmdd>/` in order; Athena's folders beside them are not bills."""
    for folder in store.folders(f"{export}/"):
        if _DATES.fullmatch(folder):
            yield Place(f"{export}/{folder}/", export, folder)


def export_places(store: ObjectStore, export: str) -> Iterator[Place]:
    """Yield `<export>/metadata/BILLING_PERIOD=<month>/` in order."""
    for folder in store.folders(f"{export}/metadata/"):
        if found := _PARTITION.fullmatch(folder):
            yield Place(f"{export}/metadata/{folder}/", export, found[1])


def places(store: ObjectStore, dataset: str, export: str) -> Iterator[Place]:
    """Yield the manifest's folder of every period, oldest first."""
    return (legacy_places if dataset == LEGACY else export_places)(store, export)


def place_of(dataset: str, export: str, period: BillingPeriod) -> Place:
    """Return where the manifest of one period lies."""
    if dataset == LEGACY:
        return Place(f"{export}/{dates(period)}/", export, dates(period))
    return Place(f"{export}/metadata/BILLING_PERIOD={period}/", export, str(period))


def manifest_key(store: ObjectStore, place: Place) -> str | None:
    """Return the key of the current manifest; None when there is none yet.

    Some exports that keep every execution write a manifest into each execution's folder only;
    the folders start with the time, so the last is the current one.
    """
    if store.stat(place.manifest):
        return place.manifest
    for execution in reversed(store.folders(place.folder)):
        key = f"{place.folder}{execution}/{place.export}-Manifest.json"
        if _PARTITION.search(place.folder) and store.stat(key):
            return key
    return None
