"""Bills of one payer in one cloud: written as the cloud writes them, read back by plain DuckDB."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from tests.providers.aws import deliveries as aws
from tests.providers.aws.lines import cur_line
from tests.providers.azure import exports as azure
from tests.providers.azure.lines import ea_line, mca_line, typed
from tests.providers.gcp.rows import usage_row
from tests.providers.gcp.tables import Extracts

DOUBTFUL = "no number"
AMOUNT = "decimal(38, 12)"
COST = "CostInBillingCurrency"
PAYING = {
    True: ("billingAccountId", "billingProfileId"),
    False: ("BillingAccountId", "BillingProfileId"),
}
"""Whether Azure's export is of the newer agreement -> the columns that name who pays."""


@dataclass(frozen=True)
class Line:
    """One line of a bill."""

    number: int
    account: str
    cost: Decimal


Total = tuple[Decimal, int]
Bill = Sequence[Line]


@dataclass(frozen=True)
class Payer:
    """One connection's bills, below a folder that stands for its bucket."""

    provider: str
    dataset: str
    number: str
    """What the cloud calls who pays."""
    file_type: str
    folder: Path
    accounts: Sequence[str]
    """Whose lines are on the bill; the last one is nobody's."""

    @property
    def options(self) -> dict[str, str]:
        """What the connection says beside location and export."""
        return {"amortized_export": "amortized"} if self.provider == "azure" else {}

    def write(self, period: str, bill: Bill, at: datetime, *, unread: bool = False) -> list[Path]:
        """Write a delivery whole; `unread`: one cost of it is no number. Returns its data files."""
        before = {path: path.stat().st_mtime_ns for path in self._files()}
        WRITERS[self.provider](self, period, bill, at, unread)
        return [
            path
            for path in self._files()
            if path.stat().st_mtime_ns != before.get(path) and path.suffix != ".json"
        ]

    def keep(self, period: str, files: Sequence[Path], archive: Path) -> None:
        """Keep a delivery's raw files apart, in the place of the month's older ones."""
        folder = archive / self.provider / self.number / period
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number, path in enumerate(files):
            # Azure tells every charge twice: what is billed stands in the actual export.
            if self.provider != "azure" or "amortized" not in path.parts:
                shutil.copy2(path, folder / f"{number}-{path.name}")

    def truth(self, archive: Path) -> dict[tuple[str, str], Total]:
        """Add up the raw files that were kept: month and account -> cost and lines."""
        found = {}
        for folder in sorted((archive / self.provider / self.number).glob("*")):
            relation = RELATIONS[self.provider].format(files=self._relation(folder))
            rows = duckdb.sql(
                f"select account, sum(cost), count(*) from ({relation}) group by all"
            ).fetchall()
            found |= {(folder.name, account): (cost, lines) for account, cost, lines in rows}
        return found

    def _relation(self, folder: Path) -> str:
        if self.file_type == "parquet":
            return f"read_parquet('{folder}/*')"
        if self.file_type == "jsonl.gz":
            return f"read_json('{folder}/*', format = 'newline_delimited')"
        return f"read_csv('{folder}/*', all_varchar = true, compression = 'gzip')"

    def _files(self) -> Iterator[Path]:
        return (path for path in self.folder.rglob("*") if path.is_file())


RELATIONS = {
    "aws": "select line_item_usage_account_id as account,"
    f" line_item_unblended_cost::varchar::{AMOUNT} as cost from {{files}}",
    "azure": "select lower(SubscriptionId) as account,"
    f" CostInBillingCurrency::varchar::{AMOUNT} as cost from {{files}}",
    "gcp": f"select project.id as account, cost::varchar::{AMOUNT} as cost from {{files}}",
}


def _aws(payer: Payer, period: str, bill: Bill, at: datetime, unread: bool) -> None:
    rows = [
        cur_line(
            *(line.account, _cost(payer, line, unread=unread), period),
            bill_payer_account_id=payer.number,
            identity_line_item_id=f"{payer.number}-{period}-{line.number}",
        )
        for line in bill
    ]
    bucket = aws.Folder(payer.folder)
    aws.put_cur2(bucket, "daily", period, rows, file_type=payer.file_type, submitted_at=at)


def _azure(payer: Payer, period: str, bill: Bill, at: datetime, unread: bool) -> None:
    # Parquet comes under the newer agreement, with types.
    is_typed = payer.file_type == "parquet"
    spell, cost = (mca_line, "costInBillingCurrency") if is_typed else (ea_line, COST)
    rows = [
        spell(line.account, str(line.cost), period)
        | dict.fromkeys(PAYING[is_typed], payer.number)
        | {cost: _cost(payer, line, unread=unread)}
        for line in bill
    ]
    if is_typed and not unread:
        rows = [typed(row) for row in rows]
    folder = azure.Folder(payer.folder)
    for export, part in (("daily", "actual"), ("amortized", "amortized")):
        azure.put_run(
            *(folder, export, part, period, rows), file_type=payer.file_type, submitted_at=at
        )


def _gcp(payer: Payer, period: str, bill: Bill, at: datetime, unread: bool) -> None:
    month = period.replace("-", "")
    rows = [
        usage_row(
            *(float(line.cost), month),
            billing_account_id=payer.number,
            project={"id": line.account, "number": "1", "name": "운영"},
            resource={"name": f"vm-{line.number}", "global_name": None},
        )
        | ({"cost": DOUBTFUL} if unread and line.number == 0 else {})
        for line in bill
    ]
    name = f"a.{payer.file_type}"
    Extracts(payer.folder).put(month, {name: rows}, f"{at:%Y-%m-%dT%H:%M:%SZ}")


def _cost(payer: Payer, line: Line, *, unread: bool) -> str | float:
    if unread:
        return DOUBTFUL if line.number == 0 else str(line.cost)
    return float(line.cost) if payer.file_type == "parquet" else str(line.cost)


WRITERS: dict[str, Callable[[Payer, str, Bill, datetime, bool], None]] = {
    "aws": _aws,
    "azure": _azure,
    "gcp": _gcp,
}
