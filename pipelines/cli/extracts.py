"""`finhouse extract`: files for finance."""

from decimal import Decimal
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
from pipelines.extracting import report_of
from pipelines.providers.contract import BillingPeriod
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.extract import Extract, find, spelled
from warehouse.extracts.files import FileFormat, Shape, told_of, write
from warehouse.extracts.money import shown
from warehouse.extracts.question import ask
from warehouse.extracts.reading import Request
from warehouse.extracts.report import ExtractError, Report
from warehouse.layout import Holder, Layout
from warehouse.registry.database import Database
from warehouse.registry.scopes import company_of, island_of

app = typer.Typer(cls=Refusing, no_args_is_help=True, help="Files for finance.")

Where = Annotated[
    list[str] | None,
    typer.Option(help="Rows to keep: service=AmazonEC2,AmazonS3 or effective>=100 or name~web."),
]
SortBy = Annotated[
    list[str] | None, typer.Option(help="Columns to sort by; -effective for high to low.")
]
Columns = Annotated[list[str] | None, typer.Option(help="Columns to write, as a,b,c.")]
OfOrganization = Annotated[
    str | None, typer.Option(help="Id or exact name, or `unassigned`. Not for the company's own.")
]
WithBom = Annotated[
    bool, typer.Option("--bom/--no-bom", help="Start a CSV with a mark that Excel needs.")
]


@app.command("list")
def list_extracts(*, as_json: AsJson = False) -> None:
    """List the extracts there are, and what each holds.

    Example: finhouse extract list
    """
    extracts = [
        {
            "extract": each.name,
            "holds": each.description,
            "menu": each.menu,
            "of": "month" if each.is_monthly else "today",
            "columns": [spelled(column.title) for column in each.columns],
        }
        for each in EXTRACTS
    ]
    show_all(extracts, ["extract", "holds", "menu", "of"], as_json=as_json)


@app.command("run")
def run_extract(
    name: Annotated[str, typer.Argument(help="Extract, as `finhouse extract list` names it.")],
    organization: OfOrganization = None,
    period: Annotated[str | None, typer.Option(help="Month, YYYY-MM.")] = None,
    where: Where = None,
    sort: SortBy = None,
    columns: Columns = None,
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="Default: as --output ends, or xlsx.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write, or a folder. Default: the data folder.")
    ] = None,
    company: InCompany = None,
    *,
    bom: WithBom = True,
    as_json: AsJson = False,
) -> None:
    """Write an extract as a workbook or as text, and print its totals.

    Example: finhouse extract run monthly-costs --organization Payments --period 2026-09
    --where service=AmazonEC2 --sort -effective --columns account,service,effective
    """
    with plain_refusals():
        extract = find(EXTRACTS, name)
        question = ask(extract, where or (), sort or (), columns or ())
        month = month_of(extract, period)
        shape = Shape(_format(file_format, output), bom)
        with published_lake() as lake:
            holder = holder_of(lake.house.registry, extract, organization, company)
            request = Request(extract, holder, question, month)
            report = report_of(lake.house, lake.connection, request, lake.published)
            # What is of today stands with the month it was published in.
            folder = month or f"{lake.published_at:%Y-%m}"
            path = _path(lake.house.settings.layout, holder, folder, shape.name(name), output)
            paths = write(report, path, shape)
    _tell(report, paths, as_json=as_json)


def holder_of(
    registry: Database, extract: Extract, organization: str | None, company: str | None
) -> Holder:
    """Return whose extract is asked for; refuse a caller who may not view its menu there."""
    if extract.is_of_company:
        if organization is not None:
            raise ExtractError(
                f"{extract.name} are the company's and no organization's.",
                "Leave out --organization; --company says whose.",
            )
        return Holder(company_of(registry, company, f"read {extract.name}"))
    if organization is None:
        raise ExtractError(f"{extract.name} are an organization's.", "Say whose: --organization.")
    island = island_of(registry, organization, company, extract.menu)
    return Holder(island.company_id, island.organization_id)


def month_of(extract: Extract, period: str | None) -> str | None:
    """Return the month asked for, checked; None for what is of today."""
    if not extract.is_monthly:
        if period is not None:
            raise ExtractError(f"{extract.name} are of today.", "Leave out --period.")
        return None
    if period is None:
        raise ExtractError(f"{extract.name} are of a month.", "Say which: --period 2026-09.")
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


def _path(layout: Layout, holder: Holder, period: str, name: str, output: Path | None) -> Path:
    if output is not None:
        return output / name if output.is_dir() else output
    path = layout.extract(holder, period, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _tell(report: Report, paths: tuple[Path, ...], *, as_json: bool) -> None:
    if as_json:
        show({"path": str(paths[0]), **told_of(report)}, as_json=True)
        return
    table = Table("Total", title=f"{report.title}: {report.row_count:,} rows")
    for title in report.totals[0].amounts:
        table.add_column(title, justify="right")
    for total in report.totals:
        amounts = [
            "" if value is None else shown(value, total.currency)
            for value in total.amounts.values()
        ]
        table.add_row(Text(printable(total.name)), *amounts)
    print_table(table)
    if reporting := report.reporting_total:
        amounts = [
            f"{title} {shown(value or Decimal(), reporting.currency)}"
            for title, value in reporting.amounts.items()
        ]
        typer.echo(f"{reporting.name}: {', '.join(amounts)}")
    for path in paths:
        typer.echo(path)
