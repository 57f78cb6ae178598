"""The sample company's Azure bills, laid out in a folder as Azure lays them out in a container."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pipelines.providers.azure.columns import ACTUAL, AMORTIZED, KINDS
from pipelines.providers.azure.sample.company import EXPORTS, Export, accounts_of
from pipelines.providers.sample import digest
from pipelines.providers.sample_bills import (
    DAILY,
    Bill,
    Sample,
    WrittenFile,
    announce,
    stamp,
)

HOME = Path(__file__).resolve().parent
DIRECTORY = "cost-exports"
"""The exports' directory in the container, which manifests speak of."""
PARTS = {ACTUAL: timedelta(0), AMORTIZED: timedelta(minutes=1)}
"""Part of a delivery -> how much later its export runs."""
MARK = "\ufeff"
"""The byte order mark Azure's CSV begins with."""


def deliver(bill: Bill[Export]) -> Iterator[WrittenFile]:
    """Write the runs of both exports, each with its manifest after its files."""
    export, scope = bill.export, bill.export.scope(bill.spec.seed)
    bill.build(
        HOME,
        DAILY,
        spiking_meter=9,
        spiking_workload="게임서버",
        has_spike=export is EXPORTS[0],
        agreement=export.agreement,
        billing_account_id=scope,
        billing_profile_id=scope if export.agreement == "ea" else _profile(bill),
        invoice_id=f"G{int(digest(scope, bill.state.period), 16) % 10**8:08d}",
        # An enrollment has prices of its own; a customer agreement's are the list's.
        price_factor=0.94 if export.agreement == "ea" else 1.0,
    )
    columns = _columns(bill)
    for part in PARTS:
        folder = _run_folder(bill, part)
        files = []
        for number in range(bill.spec.files_per_delivery):
            path = bill.location / folder / f"part_{number}_0001.{export.extension}"
            query = (
                f"select {columns} from {export.agreement}_lines"
                f" where export_part = '{part}' and part_no = {number}"
            )
            files.append(bill.write(path, query))
            yield files[-1]
        _announce(bill, part, folder, files)


def _columns(bill: Bill[Export]) -> str:
    described = bill.connection.execute(f"describe {bill.export.agreement}_lines").fetchall()
    names = [row[0] for row in described if row[0] not in {"export_part", "part_no"}]
    mark = MARK if bill.export.file_type == "csv" else ""
    first = f'"{names[0]}" as "{mark}{names[0]}"'
    return ", ".join([first, *(f'"{name}"' for name in names[1:])])


def _profile(bill: Bill[Export]) -> str:
    letters = digest(bill.spec.seed, bill.export.key, "profile")[:14].upper()
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:11]}-{letters[11:]}"


def _export_name(bill: Bill[Export], part: str) -> str:
    return bill.export.name if part == ACTUAL else bill.export.amortized_name


def _run_id(bill: Bill[Export], part: str) -> str:
    at = bill.state.delivered_at.isoformat()
    said = digest(bill.spec.seed, bill.export.key, part, bill.state.period, at)
    return str(UUID(said[:32], version=4))


def _run_folder(bill: Bill[Export], part: str) -> str:
    """`<export>/<first day>-<last day>/[<time>/]<run>`; an overwriting run keeps its folder."""
    period = bill.state.period
    last = period.end - timedelta(days=1)
    home = f"{_export_name(bill, part)}/{period.start:%Y%m%d}-{last:%Y%m%d}"
    if bill.export.overwrites:
        return f"{home}/{UUID(digest(bill.export.key, part)[:32], version=4)}"
    return f"{home}/{bill.state.delivered_at + PARTS[part]:%Y%m%d%H%M}/{_run_id(bill, part)}"


def _announce(bill: Bill[Export], part: str, folder: str, files: Sequence[WrittenFile]) -> None:
    at, period = bill.state.delivered_at + PARTS[part], bill.state.period
    home = f"{DIRECTORY}/{bill.export.key}"
    said = {
        "manifestVersion": "2024-04-01",
        "byteCount": sum(file.bytes for file in files),
        "blobCount": len(files),
        "dataRowCount": sum(file.rows for file in files),
        **_configuration(bill, part, home),
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": f"{at:%Y-%m-%dT%H:%M:%S}.0000000Z",
            "runId": _run_id(bill, part),
            "startDate": f"{period.start}T00:00:00",
            "endDate": f"{period.end - timedelta(days=1)}T00:00:00",
        },
        "blobs": [
            {
                "blobName": f"{home}/{folder}/{file.path.name}",
                "byteCount": file.bytes,
                "dataRowCount": file.rows,
            }
            for file in files
        ],
    }
    stamp([file.path for file in files], at)
    announce(bill.location / folder / "manifest.json", json.dumps(said, indent=2) + "\n", at)


def _configuration(bill: Bill[Export], part: str, home: str) -> dict[str, object]:
    export, name = bill.export, _export_name(bill, part)
    is_csv = export.file_type == "csv"
    return {
        "exportConfig": {
            "exportName": name,
            "resourceId": "/providers/Microsoft.Billing/billingAccounts/"
            f"{export.scope(bill.spec.seed)}/providers/Microsoft.CostManagement/exports/{name}",
            "dataVersion": "2024-08-01" if export.agreement == "ea" else "2023-12-01-preview",
            "apiVersion": "2023-07-01-preview",
            "type": KINDS[part],
            "timeFrame": "TheLastMonth" if bill.state.is_final else "MonthToDate",
            "granularity": "Daily",
        },
        "deliveryConfig": {
            "partitionData": True,
            "dataOverwriteBehavior": "OverwritePreviousReport"
            if export.overwrites
            else "CreateNewReport",
            "fileFormat": "Csv" if is_csv else "Parquet",
            "compressionMode": "gzip" if is_csv else "snappy",
            "rootFolderPath": home,
        },
    }


SAMPLE = Sample(
    provider="azure",
    exports=EXPORTS,
    bucket=f"hanbit-azure/{DIRECTORY}",
    accounts=accounts_of,
    deliver=deliver,
    count_files=lambda spec, _: len(PARTS) * spec.files_per_delivery,
)
