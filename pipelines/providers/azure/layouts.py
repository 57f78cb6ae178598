"""Where an export keeps its months: folders named by their first and last day, inclusive.

Azure writes `<export>/<yyyymmdd-yyyymmdd>/`; tools that ingest exports put the dates first.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from pipelines.providers.azure.blobs import BlobStore
from pipelines.providers.contract import BillError, BillingPeriod

_RANGE = re.compile(r"\d{8}-\d{8}")


def months(store: BlobStore, export: str) -> tuple[dict[BillingPeriod, list[str]], list[BillError]]:
    """Return each month's folders, oldest month first, and what is wrong with the others."""
    found: dict[BillingPeriod, list[str]] = defaultdict(list)
    unfit: list[BillError] = []
    for folder, dates in _dated_folders(store, export):
        try:
            found[_month(dates, store.address(folder))].append(folder)
        except BillError as error:
            unfit.append(error)
    return dict(sorted(found.items())), unfit


def _dated_folders(store: BlobStore, export: str) -> Iterable[tuple[str, str]]:
    for dates in store.folders(f"{export}/"):
        if _RANGE.fullmatch(dates):
            yield f"{export}/{dates}/", dates
    for dates in store.folders(""):
        if _RANGE.fullmatch(dates) and export in store.folders(f"{dates}/"):
            yield f"{dates}/{export}/", dates


def _month(dates: str, where: str) -> BillingPeriod:
    start, end = dates.split("-")
    try:
        period = BillingPeriod.parse(f"{start[:4]}-{start[4:6]}")
    except ValueError as error:
        raise BillError("PERIOD_NOT_A_MONTH", where, f"{error}.") from None
    if start[6:] != "01" or end[:6] != start[:6]:
        raise BillError(
            "PERIOD_NOT_A_MONTH",
            where,
            f"{dates} is not one month from its first day.",
            "Schedule the export month to date, and back-fill one month at a time.",
        )
    return period
