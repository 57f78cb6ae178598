"""`finhouse extract schedule` and `deliver`: files that come without being asked for."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.connections import REFERENCE_HELP, Options, parse_options
from pipelines.cli.extracts import (
    Columns,
    OfOrganization,
    SortBy,
    Where,
    WithBom,
    app,
    holder_of,
)
from pipelines.cli.identity import operators_house
from pipelines.cli.output import (
    AsJson,
    InCompany,
    Reason,
    Refusing,
    Yes,
    confirm,
    open_settings_registry,
    show,
    show_all,
)
from pipelines.cli.reading import plain_refusals
from pipelines.delivering import FAILED, deliver_due
from pipelines.settings import settings
from warehouse.extracts.catalog import EXTRACTS
from warehouse.extracts.extract import find
from warehouse.extracts.files import FileFormat
from warehouse.extracts.question import ask
from warehouse.extracts.report import ExtractError
from warehouse.registry.rhythms import Rhythm
from warehouse.registry.schedules import Delivery, ExtractSchedule

schedules = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Extracts that are delivered by the clock."
)
app.add_typer(schedules, name="schedule")
COLUMNS = ("schedule_id", "name", "extract", "organization_id", "when", "to", "delivered_at")


class Every(StrEnum):
    """How often an extract is due."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@schedules.command("list")
def list_schedules(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the extracts that are delivered, when they are due and when they last were sent.

    Example: finhouse extract schedule list
    """
    found = open_settings_registry().schedules.list(company)
    show_all([_plain(each) for each in found], COLUMNS, as_json=as_json)


@schedules.command("add")
def add_schedule(
    name: Annotated[str, typer.Argument(help="The file is called so.")],
    extract: Annotated[str, typer.Option(help="As `finhouse extract list` names it.")],
    to: Annotated[
        str,
        typer.Option(
            help="Folder, s3://bucket/prefix or https://account.blob.core.windows.net/container."
        ),
    ],
    organization: OfOrganization = None,
    every: Annotated[Every, typer.Option(help="How often, counted in UTC.")] = Every.DAY,
    on: Annotated[int, typer.Option(help="Day of the week (Monday is 1) or of the month.")] = 1,
    months_back: Annotated[
        int, typer.Option(help="0: the month it is then. 1: the one before.")
    ] = 0,
    where: Where = None,
    sort: SortBy = None,
    columns: Columns = None,
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="Workbook or text.")
    ] = FileFormat.XLSX,
    option: Options = None,
    secret: Annotated[str, typer.Option(help=REFERENCE_HELP)] = "chain",  # noqa: S107 - a reference
    company: InCompany = None,
    reason: Reason = "",
    *,
    bom: WithBom = True,
    as_json: AsJson = False,
) -> None:
    """Deliver an extract by the clock, whenever its rows have changed. For the operator.

    Example: finhouse extract schedule add "Costs of Payments" --extract monthly-costs
    --organization Payments --to s3://acme-finance/costs --every month --on 5 --months-back 1
    """
    with plain_refusals():
        known = find(EXTRACTS, extract)
        question = {"where": where or [], "sort": sort or [], "columns": columns or []}
        ask(known, **question)
        registry = open_settings_registry()
        holder = holder_of(registry, known, organization, company)
        _refuse_own_folder(to)
        schedule = ExtractSchedule(
            *("", holder.company_id, holder.organization_id or None, name, extract),
            question=question,
            file_format=file_format.value,
            bom=bom,
            rhythm=Rhythm(every.value, on, months_back),
            delivery=Delivery(to, parse_options(option), secret),
            created_at=registry.now(),
        )
        added = registry.schedules.add(schedule, reason=reason)
    show(_plain(added), as_json=as_json)


@schedules.command("remove")
def remove_schedule(
    schedule: Annotated[str, typer.Argument(help="By id or name.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Stop delivering an extract. What was delivered stays where it is.

    Example: finhouse extract schedule remove "Costs of Payments"
    """
    confirm(f"Remove the schedule {schedule}?", yes=yes)
    removed = open_settings_registry().schedules.remove(schedule, company=company, reason=reason)
    show({"removed": removed.schedule_id, "name": removed.name}, as_json=as_json)


@app.command("deliver")
def deliver(*, as_json: AsJson = False) -> None:
    """Deliver the extracts that are due now, as the clock does; exit code 1 when one fails.

    Example: finhouse extract deliver
    """
    with plain_refusals():
        outcomes = list(deliver_due(operators_house("deliver extracts")))
    show_all([asdict(each) for each in outcomes], ("name", "status", "message"), as_json=as_json)
    if any(each.status == FAILED for each in outcomes):
        raise typer.Exit(1)


def _refuse_own_folder(destination: str) -> None:
    own = settings().layout.root
    if destination.startswith("/") and Path(destination).resolve().is_relative_to(own):
        raise ExtractError(
            f"{destination} is in the data folder, where files go when retention says so.",
            "Choose a folder elsewhere.",
        )


def _plain(schedule: ExtractSchedule) -> dict[str, Any]:
    rhythm, delivery = schedule.rhythm, schedule.delivery
    on_day = "" if rhythm.every == Every.DAY else f" on {rhythm.on_day}"
    back = f", {rhythm.months_back} back" if rhythm.months_back else ""
    told = asdict(schedule) | {"when": f"{rhythm.every}{on_day}{back}", "to": delivery.destination}
    return {name: value for name, value in told.items() if name != "delivered_digest"}
