"""`finhouse sample`: a company with bills to try the house on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.cli.identity import operators_house
from pipelines.cli.output import AsJson, refuse, show_all
from pipelines.providers.contract import BillingPeriod, utc_now
from pipelines.providers.registry import SAMPLES
from pipelines.providers.sample import (
    COMPANY,
    SampleSpec,
    Stage,
    exports_named,
    newest_delivery,
    newest_month,
)
from pipelines.providers.sample_bills import WrittenExport, WrittenFile
from pipelines.settings import settings
from warehouse.registry.errors import InvalidError, NotFoundError, RegistryError
from warehouse.registry.sources import Source
from warehouse.registry.store import Registry

COLUMNS = ("export", "payer_account_id", "months", "deliveries", "rows", "bytes", "location")
REASON = "finhouse sample"


def sample(
    stage: Annotated[
        Literal["first", "restated"],
        typer.Option(help="first: each month's first delivery. restated: what came later."),
    ] = "first",
    rows: Annotated[int, typer.Option(help="Rows per full month and export, about.")] = 8_000,
    months: Annotated[int, typer.Option(help="How many months.")] = 4,
    until: Annotated[
        str | None, typer.Option(help="The last month, YYYY-MM. Default: the current one.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(help="Newest delivery's time, UTC. Default: today's last.")
    ] = None,
    accounts: Annotated[
        int, typer.Option(help="Accounts, subscriptions or projects per payer.")
    ] = 4,
    organizations: Annotated[int, typer.Option(help="Organizations, at most ten.")] = 6,
    seed: Annotated[int, typer.Option(help="Another seed gives other accounts and bills.")] = 1,
    exports: Annotated[
        list[str] | None, typer.Option(help="Only this export. May be repeated. Default: all nine.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Write the bills here and register nothing. Default: the data folder."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write a sample company's bills of three clouds and register it. Safe to repeat.

    `--stage restated` writes what is delivered later: refresh after each and see what changed.

    Example: finhouse sample --rows 20000 --months 6 --exports cur2-parquet
    """
    at = as_of.replace(tzinfo=UTC) if as_of else newest_delivery(utc_now())
    known = [export for each in SAMPLES for export in each.exports]
    try:
        spec = SampleSpec(
            as_of=at,
            until=BillingPeriod.parse(until) if until else newest_month(at),
            stage=Stage(stage),
            months=months,
            rows=rows,
            accounts=accounts,
            organizations=organizations,
            seed=seed,
            exports=exports_named(known, exports) if exports else tuple(known),
        )
    except ValueError as error:
        refuse(str(error))
    if not folder:
        registry = operators_house("register the sample company").registry
    written = _write(folder or settings().layout.sample, spec)
    if not folder:
        try:
            register(registry, COMPANY, spec.organization_names, written)
        except RegistryError as error:
            refuse(str(error))
    show_all([_summary(each) for each in written], COLUMNS, as_json=as_json)


def _write(folder: Path, spec: SampleSpec) -> list[WrittenExport]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
        total = sum(each.planned_files(spec) for each in SAMPLES)
        task = progress.add_task("Writing bills", total=total)

        def on_progress(file: WrittenFile) -> None:
            progress.update(task, advance=1, description=f"{file.export.key} {file.period}")

        return [
            written
            for each in SAMPLES
            # One path each time: a connection is one location, however it was spelled.
            for written in each.write(
                folder.resolve(),
                spec,
                on_progress,
                memory_limit=settings().memory_limit,
                threads=settings().threads,
            )
        ]


def register(
    registry: Registry,
    company: str,
    organizations: tuple[str, ...],
    written: list[WrittenExport],
) -> None:
    """Register the company, its organizations, accounts and connections that are not there yet.

    What an operator has moved or renamed since stays as it is, except that a missing
    organization comes back.
    """
    try:
        registry.companies.get(company)
    except NotFoundError:
        registry.companies.add(company, reason=REASON)
    there = {each.name for each in registry.organizations.list(company)}
    for name in organizations:
        if name not in there:
            registry.organizations.add(name, company=company, reason=REASON)
    held = {(each.provider, each.account_id) for each in registry.accounts.list(company=company)}
    found = [(export.provider, account) for export in written for account in export.accounts]
    for provider, account in found:
        if account.organization and (provider, account.account_id) not in held:
            registry.accounts.add(
                provider,
                account.account_id,
                account.organization,
                name=account.name,
                company=company,
                reason=REASON,
            )
    for export in written:
        _connect(registry, company, export)


def _connect(registry: Registry, company: str, written: WrittenExport) -> None:
    name = f"sample {written.export.key}"
    export = written.export
    source = Source(
        written.provider, str(written.location), export.name, export.dataset, export.options
    )
    there = {each.name: each for each in registry.connections.list(company)}
    if name not in there:
        registry.connections.add(name, source, company=company, reason=REASON)
    elif there[name].location != source.location:
        raise InvalidError(
            f"The connection {name!r} reads {there[name].location}, and the sample was written "
            f"to {source.location}.",
            "Rename that connection with `finhouse connection rename`, then run this again.",
        )


def _summary(written: WrittenExport) -> dict[str, object]:
    deliveries = written.deliveries
    return {
        "export": written.export.key,
        "dataset": written.export.dataset,
        "export_name": written.export.name,
        "payer_account_id": written.accounts[0].account_id,
        "months": ", ".join(str(delivery.period) for delivery in deliveries),
        "deliveries": len(deliveries),
        "rows": sum(delivery.rows for delivery in deliveries),
        "bytes": sum(file.bytes for delivery in deliveries for file in delivery.files),
        "location": str(written.location),
    }
