"""The sample company's Google Cloud bills, laid out as extracts in a folder."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.providers.contract import BillingPeriod
from pipelines.providers.gcp.extracts import MANIFEST
from pipelines.providers.gcp.sample.company import EXPORTS, Export, accounts_of
from pipelines.providers.sample import BillState, SampleSpec, bill_states, midnight
from pipelines.providers.sample_bills import (
    DAILY,
    Bill,
    Sample,
    WrittenFile,
    announce,
    naive,
    stamp,
)

HOME = Path(__file__).resolve().parent
MOST_EXTRACTS = 5
TIMES = ("usage_start_time", "usage_end_time", "export_time")
_SUMMER = range(4, 12)
"""Months that begin in Pacific daylight time."""


def deliver(bill: Bill[Export]) -> Iterator[WrittenFile]:
    """Write the invoice month's rows that are there by now, a week of load days to a file."""
    extracts = _extracts(bill.state)
    bill.build(
        HOME,
        DAILY,
        spiking_meter=11,
        spiking_workload="data-lake",
        has_spike=bill.export is EXPORTS[0],
        extracts=extracts,
        month_start=naive(_pacific(bill.state.period)),
        month_end=naive(_pacific(bill.state.period.next)),
    )
    if not bill.connection.execute("select exists(from detailed)").fetchall()[0][0]:
        return
    folder = bill.location / bill.export.name / f"invoice_month={bill.state.period.start:%Y%m}"
    files = []
    for number in range(extracts):
        path = folder / f"load-week-{number + 1}.{bill.export.extension}"
        files.append(bill.write(path, f"{_select(bill.export)} where extract_no = {number}"))
        yield files[-1]
    at = bill.state.delivered_at
    stamp([file.path for file in files], at)
    said = {"exported_at": at.isoformat(), "files": [file.path.name for file in files]}
    announce(folder / MANIFEST, json.dumps(said, indent=2) + "\n", at)


def _select(export: Export) -> str:
    if export.file_type == "parquet":
        return "select * exclude (extract_no) from detailed"
    spelled = ", ".join(f"strftime({time}, '%Y-%m-%dT%H:%M:%SZ') as {time}" for time in TIMES)
    return f"select * exclude (extract_no) replace ({spelled}) from detailed"


def _extracts(state: BillState) -> int:
    return min(MOST_EXTRACTS, max(1, (state.delivered_at - midnight(state.period)).days // 7))


def _pacific(period: BillingPeriod) -> datetime:
    """Google's months begin at midnight in California."""
    return midnight(period) + timedelta(hours=7 if period.start.month in _SUMMER else 8)


def _states(spec: SampleSpec) -> Iterator[BillState]:
    """A closed invoice never changes: its corrections stand on a later one."""
    return (state for state in bill_states(spec) if not state.has_late_refund)


SAMPLE = Sample(
    provider="gcp",
    exports=EXPORTS,
    bucket="hanbit-gcp",
    accounts=accounts_of,
    deliver=deliver,
    count_files=lambda _, state: _extracts(state),
    states=_states,
)
