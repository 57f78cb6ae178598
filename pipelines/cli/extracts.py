"""`finhouse extract`: files for finance."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipelines.cli.output import AsJson, InCompany, Refusing, show, show_all
from pipelines.cli.reading import (
    plain_refusals,
    print_table,
    printable,
    published_lake,
)
from pipelines.providers.contract import BillingPeriod
from warehouse.extracts import monthly_costs as report_module
from warehouse.extracts.commitments import COVERAGE, EXTRACTS, INVENTORY, UTILIZATION, Extract
from warehouse.extracts.commitments import commitments as commitment_report
from warehouse.extracts.csv_file import write_csv
from warehouse.extracts.money import exact, shown
from warehouse.extracts.report import ExtractError, Report, Total
from warehouse.extracts.xlsx_file import write_xlsx
from warehouse.layout import Layout
from warehouse.registry.scopes import island_of
from warehouse.scope import UNASSIGNED, Island

app = typer.Typer(cls=Refusing, no_args_is_help=True, help="Files for finance.")


class FileFormat(StrEnum):
    """What a file may be."""

    XLSX = "xlsx"
    CSV = "csv"


OfOrganization = Annotated[str, typer.Option(help="Id or exact name, or `unassigned`.")]
OfMonth = Annotated[str, typer.Option(help="Month, YYYY-MM.")]
AsFormat = Annotated[
    FileFormat | None, typer.Option("--format", help="Default: as --output ends, or xlsx.")
]
ToPath = Annotated[
    Path | None, typer.Option(help="File to write, or a folder. Default: the data folder.")
]
WithBom = Annotated[
    bool, typer.Option("--bom/--no-bom", help="Start a CSV with a mark that Excel needs.")
]


@dataclass(frozen=True)
class Target:
    """Where a file goes, and as what."""

    file_format: FileFormat
    output: Path | None
    bom: bool

    def write(self, report: Report, layout: Layout, island: Island, period: str, name: str) -> Path:
        """Write a report; return where it lies."""
        path = _path(layout, island, period, f"{name.replace('-', '_')}.{self.file_format}", self)
        if self.file_format is FileFormat.CSV:
            write_csv(report, path, with_bom=self.bom)
        else:
            write_xlsx(report, path)
        return path


@app.command("list")
def list_extracts(*, as_json: AsJson = False) -> None:
    """List the extracts there are, and what each holds.

    Example: finhouse extract list
    """
    known = [
        (report_module.NAME, report_module.DESCRIPTION, report_module.COLUMNS),
        *((each.name, each.description, each.columns) for each in EXTRACTS.values()),
    ]
    extracts = [
        {
            "extract": name,
            "holds": description,
            "formats": ", ".join(FileFormat),
            "columns": [column.title for column in columns],
        }
        for name, description, columns in known
    ]
    show_all(extracts, ["extract", "holds", "formats"], as_json=as_json)


@app.command("monthly-costs")
def monthly_costs(
    organization: OfOrganization,
    period: OfMonth,
    file_format: AsFormat = None,
    output: ToPath = None,
    company: InCompany = None,
    *,
    bom: WithBom = True,
    as_json: AsJson = False,
) -> None:
    """Write one organization's month as a workbook or as text, and print its totals.

    Example: finhouse extract monthly-costs --organization Payments --period 2026-09 --format csv
    """
    with plain_refusals(), published_lake() as lake:
        month = _month(period)
        target = Target(_format(file_format, output), output, bom)
        island = island_of(lake.house.registry, organization, company, "costs")
        published = (lake.snapshot_id, lake.published_at)
        report = report_module.monthly_costs(lake.connection, island, month, published)
        layout = lake.house.settings.layout
        path = target.write(report, layout, island, month, report_module.NAME)
    _tell(report, path, as_json=as_json)


@app.command(INVENTORY.name)
def commitment_inventory(
    organization: OfOrganization,
    file_format: AsFormat = None,
    output: ToPath = None,
    company: InCompany = None,
    *,
    bom: WithBom = True,
    as_json: AsJson = False,
) -> None:
    """Write every commitment of an organization: its term, what is left, how it is used.

    Example: finhouse extract commitment-inventory --organization Payments
    """
    target = (file_format, output, bom)
    _write_commitments(INVENTORY, organization, company, None, *target, as_json=as_json)


@app.command(UTILIZATION.name)
def commitment_utilization(
    organization: OfOrganization,
    period: OfMonth,
    file_format: AsFormat = None,
    output: ToPath = None,
    company: InCompany = None,
    *,
    bom: WithBom = True,
    as_json: AsJson = False,
) -> None:
    """Write how much of each commitment was used in a month, and what it saved.

    Example: finhouse extract commitment-utilization --organization Payments --period 2026-09
    """
    target = (file_format, output, bom)
    _write_commitments(UTILIZATION, organization, company, period, *target, as_json=as_json)


@app.command(COVERAGE.name)
def commitment_coverage(
    organization: OfOrganization,
    period: OfMonth,
    file_format: AsFormat = None,
    output: ToPath = None,
    company: InCompany = None,
    *,
    bom: WithBom = True,
    as_json: AsJson = False,
) -> None:
    """Write how much of what commitments may cover they covered, and what is on demand.

    Example: finhouse extract commitment-coverage --organization Payments --period 2026-09
    """
    target = (file_format, output, bom)
    _write_commitments(COVERAGE, organization, company, period, *target, as_json=as_json)


def _write_commitments(
    extract: Extract,
    organization: str,
    company: str | None,
    period: str | None,
    file_format: FileFormat | None,
    output: Path | None,
    bom: bool,
    *,
    as_json: bool,
) -> None:
    with plain_refusals(), published_lake() as lake:
        month = None if period is None else _month(period)
        target = Target(_format(file_format, output), output, bom)
        island = island_of(lake.house.registry, organization, company, "commitments")
        published = (lake.snapshot_id, lake.published_at)
        report = commitment_report(lake.connection, extract, island, month, published)
        # The inventory is of a day: its file stands with the month it was published in.
        folder = month or f"{lake.published_at:%Y-%m}"
        path = target.write(report, lake.house.settings.layout, island, folder, extract.name)
    _tell(report, path, as_json=as_json)


def _month(period: str) -> str:
    try:
        return str(BillingPeriod.parse(period))
    except ValueError:
        raise ExtractError(f"{period!r} is not a month.", "Write YYYY-MM, like 2026-09.") from None


def _format(file_format: FileFormat | None, output: Path | None) -> FileFormat:
    """Return the format asked for. A workbook named .csv would open nowhere."""
    ending = output.suffix.lower().removeprefix(".") if output else ""
    implied = FileFormat(ending) if ending in list(FileFormat) else None
    if file_format and implied and file_format is not implied:
        raise ExtractError(
            f"{output} ends in .{implied}, but the format asked for is {file_format}.",
            "Change one of them.",
        )
    return file_format or implied or FileFormat.XLSX


def _path(layout: Layout, island: Island, period: str, name: str, target: Target) -> Path:
    if target.output is not None:
        return target.output / name if target.output.is_dir() else target.output
    # Every company has an organization `unassigned`: their files must not meet.
    is_shared = island.organization_id == UNASSIGNED
    folder = f"{UNASSIGNED}-{island.company_id}" if is_shared else island.organization_id
    path = layout.extract(folder, period, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _tell(report: Report, path: Path, *, as_json: bool) -> None:
    if as_json:
        totals = [_plain(total) for total in report.totals]
        told = {"path": str(path), "rows": report.row_count, **report.facts, "totals": totals}
        if report.reporting_total:
            told["reporting_total"] = _plain(report.reporting_total)
        show(told, as_json=True)
        return
    table = Table("Currency", title=f"{report.title}: {report.row_count:,} rows")
    for title in report.totals[0].amounts:
        table.add_column(title, justify="right")
    for total in report.totals:
        amounts = [
            "" if value is None else shown(value, total.currency)
            for value in total.amounts.values()
        ]
        table.add_row(Text(printable(total.currency)), *amounts)
    print_table(table)
    if reporting := report.reporting_total:
        amounts = [
            f"{title} {shown(value or Decimal(), reporting.currency)}"
            for title, value in reporting.amounts.items()
        ]
        typer.echo(f"All in {reporting.currency}: {', '.join(amounts)}")
    typer.echo(path)


def _plain(total: Total) -> dict[str, object]:
    return {
        "currency": total.currency,
        "rows": total.row_count,
        **{title: value and exact(value) for title, value in total.amounts.items()},
    }
