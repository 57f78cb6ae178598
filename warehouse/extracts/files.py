"""Write a report as a file of the format asked for, with what it is told beside it."""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from warehouse.extracts.csv_file import write_csv
from warehouse.extracts.money import exact
from warehouse.extracts.report import Report, Total, replacing
from warehouse.extracts.xlsx_file import write_xlsx


class FileFormat(StrEnum):
    """What a file may be."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True)
class Shape:
    """How a report is written."""

    file_format: FileFormat = FileFormat.XLSX
    bom: bool = True
    """Whether a CSV starts with the mark that Excel needs."""

    def name(self, extract: str) -> str:
        """Return the file name of an extract."""
        return f"{extract.replace('-', '_')}.{self.file_format}"


def write(report: Report, path: Path, shape: Shape) -> tuple[Path, ...]:
    """Write a report; return its file, and beside a CSV the one that says what it is.

    A CSV has no cover sheet. Its `.about.json` names the CSV by its hash, so that one of another
    run is told from its own.
    """
    if shape.file_format is FileFormat.XLSX:
        write_xlsx(report, path)
        return (path,)
    write_csv(report, path, with_bom=shape.bom)
    about = path.with_suffix(".about.json")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    told = {"file": path.name, "sha256": digest, **told_of(report)}
    with replacing(about) as arriving:
        arriving.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return (path, about)


def told_of(report: Report) -> dict[str, object]:
    """Return what a report says of itself: facts, columns, rows and totals, exact as text."""
    return {
        "title": report.title,
        "rows": report.row_count,
        **report.facts,
        "columns": [column.title for column in report.columns],
        "totals": [_plain(total) for total in report.totals],
        **({"reporting_total": _plain(report.reporting_total)} if report.reporting_total else {}),
    }


def _plain(total: Total) -> dict[str, object]:
    amounts = {title: _text(value) for title, value in total.amounts.items()}
    return {"total": total.name, "currency": total.currency, "rows": total.row_count, **amounts}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else exact(amount)
