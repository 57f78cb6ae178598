"""Deliver the extracts that are due: written in the house first, sent on when they changed."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.extracting import report_of
from pipelines.house import House
from pipelines.providers.contract import BillError
from pipelines.providers.registry import outbox_for
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.extract import find
from warehouse.extracts.files import FileFormat, Shape, write
from warehouse.extracts.question import ask
from warehouse.extracts.reading import Published, Request
from warehouse.extracts.report import ExtractError, Report
from warehouse.layout import Holder
from warehouse.registry import deliveries
from warehouse.registry.schedules import ExtractSchedule

DELIVERED: Final = "delivered"
UNCHANGED: Final = "unchanged"
FAILED: Final = "failed"


@dataclass(frozen=True)
class Delivered:
    """What became of one schedule that was due."""

    schedule_id: str
    name: str
    status: str
    message: str
    """Where it lies now, or why it does not."""


def deliver_due(house: House) -> Iterator[Delivered]:
    """Deliver what is due. What fails, or has no rows yet, stays due and keeps nobody waiting."""
    due = house.registry.schedules.due()
    published = deliveries.published_snapshot(house.registry)
    if not due or published is None:
        return
    with house.lake.connect(published[0]) as lake:
        for schedule in due:
            try:
                yield _deliver(house, lake, schedule, Published(*published))
            except (ExtractError, BillError) as error:
                yield Delivered(schedule.schedule_id, schedule.name, FAILED, str(error))


def _deliver(
    house: House, lake: duckdb.DuckDBPyConnection, schedule: ExtractSchedule, published: Published
) -> Delivered:
    extract = find(EXTRACTS, schedule.extract)
    today = house.registry.now().date()
    period = schedule.rhythm.period(today) if extract.is_monthly else None
    holder = Holder(schedule.company_id, schedule.organization_id or "")
    question = ask(extract, **schedule.question)
    report = report_of(house, lake, Request(extract, holder, question, period), published)
    rows = HashedRows(report)
    shape = Shape(FileFormat(schedule.file_format), schedule.bom)
    folder = period or f"{published.at:%Y-%m}"
    path = house.settings.layout.extract(holder, folder, f"{schedule.name}.{shape.file_format}")
    path.parent.mkdir(parents=True, exist_ok=True)
    files = write(replace(report, rows=rows), path, shape)
    digest = rows.digest(period, schedule)
    is_new = digest != schedule.delivered_digest
    told = _send(schedule, files, holder, folder) if is_new else "nothing in it changed"
    house.registry.schedules.checked(schedule, digest if is_new else None)
    status = DELIVERED if is_new else UNCHANGED
    return Delivered(schedule.schedule_id, schedule.name, status, told)


def _send(schedule: ExtractSchedule, files: Iterable[Path], holder: Holder, folder: str) -> str:
    delivery = schedule.delivery
    outbox = outbox_for(delivery.destination, delivery.options, delivery.secret)
    return ", ".join(outbox.put(path, f"{holder.folder}/{folder}/{path.name}") for path in files)


class HashedRows:
    """A report's rows, hashed while they are written: the same rows need not be sent again.

    The file itself would not do: it names the snapshot, which moves with everybody's bills.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for row in self._report.rows:
            self._hash.update(repr(row).encode())
            yield row

    def digest(self, period: str | None, schedule: ExtractSchedule) -> str:
        """Return what tells these rows, of this month and in these columns, from others."""
        titles = [column.title for column in self._report.columns]
        self._hash.update(repr((period, titles, schedule.name)).encode())
        return self._hash.hexdigest()
