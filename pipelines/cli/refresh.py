"""`finhouse refresh`: what the clock does, by hand."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pipelines.cli.identity import operators_house
from pipelines.collecting import RECOMPUTED, REFUSED, UNCHANGED, Outcome, collect
from pipelines.house import House
from pipelines.linking import link_new_accounts
from pipelines.loading import UndoneError, is_due, loading
from pipelines.models import build
from pipelines.platform.landing import Drop, land_drops
from pipelines.postgres import serve_in_postgres
from pipelines.providers.contract import ConnectionConfig, utc_now
from pipelines.serving import serve
from quality.gates import results
from quality.gates.results import Result
from quality.remarks import Remark, remarks
from warehouse.lake import LakeError
from warehouse.reassignment import REASSIGNED
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.serving.organization_files import Published

console = Console(stderr=True)
PLATFORM = "platform"
"""Stands where a delivery's connection stands, for what the platform dropped."""
STEP = re.compile(
    r"(\d+) of (\d+) (?:OK|PASS|ERROR|FAIL|WARN|SKIP)\b\W*(?:created|loaded)?(.*?)\.{2,}"
)


def refresh(
    connection: Annotated[
        str | None, typer.Option(help="Only this connection, by id or name.")
    ] = None,
    period: Annotated[
        list[str] | None, typer.Option(help="Only this month, YYYY-MM. May be repeated.")
    ] = None,
    *,
    replay: Annotated[bool, typer.Option(help="Load current deliveries again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcomes as JSON.")] = False,
) -> None:
    """Fetch what the connections delivered, load it, and let readers see it.

    Exit code 1 when a delivery was refused or a check failed: the old numbers stay served.

    Example: finhouse refresh --connection "AWS main" --period 2026-10
    """
    house, started = operators_house("refresh the lake"), utc_now()
    configs = house.connections(connection)
    if not configs and (connection or not house.registry.connections.all()):
        console.print(
            "[red]There is no such connection.[/] See `finhouse connection list`."
            if connection
            else "[red]No connection is registered.[/] Try `finhouse sample`, or add one with"
            " `finhouse connection add`."
        )
        raise typer.Exit(1)
    with _progress() as progress:
        dropped = land_drops(house.settings.drops, house.settings.layout.landed_platform)
        outcomes = _land(house, configs, period, progress, replay=replay)
        loaded, failures = _link_and_load(house, configs, progress)
        failures += serve_in_postgres(house)
        remarked = _look(house, loaded)
        served, unserved = _serve(house, progress)
        failures += unserved
    examined = results.since(house.settings.layout, started)
    if any(outcome.status != UNCHANGED for outcome in outcomes) or loaded or examined:
        _tell_dagster(house, outcomes, loaded, remarked, served, examined)
    outcomes += [*_recomputed(loaded), *map(_of_platform, dropped)]
    names = {each.connection_id: each.name for each in house.registry.connections.all()}
    if as_json:
        typer.echo(json.dumps([asdict(outcome) for outcome in outcomes], ensure_ascii=False))
    else:
        _report(outcomes, names)
    for remark in (*_warnings(examined, names), *(str(each) for each in remarked if each.found)):
        console.print(Text(remark, style="yellow"), soft_wrap=True)
    for failure in failures:
        console.print(Text(failure, style="red"), soft_wrap=True)
    if failures or any(outcome.status == REFUSED for outcome in outcomes):
        raise typer.Exit(1)


def _land(
    house: House,
    configs: Sequence[ConnectionConfig],
    periods: Sequence[str] | None,
    progress: Progress,
    *,
    replay: bool,
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for config in progress.track(configs, description="Landing deliveries"):
        outcomes += collect(house, config, periods, replay=replay)
    return outcomes


def _link_and_load(
    house: House, configs: Sequence[ConnectionConfig], progress: Progress
) -> tuple[list[list[DeliveryRecord]], list[str]]:
    """Register new linked accounts and load: first those the cloud names, then those bills name."""
    loaded, failures = list[list[DeliveryRecord]](), list[str]()
    for _ in range(2):
        linked, unlinked = link_new_accounts(house, configs)
        for account in linked:
            said = f"{account.account_id} {account.name} joined {account.organization_name}."
            console.print(Text(said), soft_wrap=True)
        batches, undone = _load(house, progress)
        loaded += batches
        failures += [failure for failure in (*unlinked, *undone) if failure not in failures]
        if not batches:
            break
    return loaded, failures


def _recomputed(loaded: Sequence[Sequence[DeliveryRecord]]) -> list[Outcome]:
    """Tell the months that were computed anew because their accounts changed hands."""
    return [
        Outcome(item.connection_id, item.billing_period, RECOMPUTED, item.delivery_id, item.message)
        for batch in loaded
        for item in batch
        if item.message == REASSIGNED
    ]


def _of_platform(drop: Drop) -> Outcome:
    return Outcome(PLATFORM, "", drop.status, drop.name, drop.message, drop.row_count, drop.bytes)


def _load(house: House, progress: Progress) -> tuple[list[list[DeliveryRecord]], list[str]]:
    """Load until nothing waits: the healthy together, then each suspect alone.

    Returns the batches that readers see now, and why others were undone.
    """
    loaded, failures = [], []
    due = is_due(house)
    while due:
        waiting = deliveries.pending(house.registry)
        task = progress.add_task(f"Loading {len(waiting)} deliveries", total=None)

        def on_line(line: str, task: TaskID = task) -> None:
            if step := STEP.search(line):
                done, total, name = step.groups()
                progress.update(task, completed=int(done), total=int(total))
                progress.update(task, description=f"Loading:{name[:48]}")

        try:
            with loading(house) as batch:
                build(house.settings, on_line)
            loaded.append(batch)
        except UndoneError as error:
            failures.append(str(error))
            if deliveries.pending(house.registry) == waiting:
                break
        except LakeError as error:
            failures.append(str(error))
            break
        progress.update(task, description="Loaded", total=1, completed=1)
        due = bool(deliveries.pending(house.registry))
    return loaded, failures


def _look(house: House, loaded: Sequence[Sequence[DeliveryRecord]]) -> tuple[Remark, ...]:
    """Look at what readers see now, all batches at once."""
    served = deliveries.published_snapshot(house.registry)
    if not loaded or served is None:
        return ()
    return remarks(house.lake, served[0], [item for batch in loaded for item in batch])


def _serve(house: House, progress: Progress) -> tuple[Published | None, list[str]]:
    """Bring the published files to what readers see; also after a refresh that was killed here."""
    task = progress.add_task("Publishing files", total=None)
    try:
        return serve(house), []
    except LakeError as error:
        return None, [str(error)]
    finally:
        progress.update(task, total=1, completed=1)


def _warnings(examined: Sequence[Result], names: Mapping[str, str]) -> list[str]:
    """Tell what the gates let pass and yet deserves a look, once."""
    told = [
        results.sentence(each, names)
        for result in examined
        for each in result.verdicts
        if not each.passed and not each.refuses
    ]
    return list(dict.fromkeys(told))


def _tell_dagster(
    house: House,
    outcomes: Sequence[Outcome],
    loaded: Sequence[Sequence[DeliveryRecord]],
    remarked: Sequence[Remark],
    served: Published | None,
    examined: Sequence[Result],
) -> None:
    # Dagster takes seconds to import: a refresh that finds nothing new does not pay for it.
    from pipelines.assets.by_hand import (  # noqa: PLC0415
        report_files,
        report_gates,
        report_landing,
        report_load,
        report_remarks,
    )
    from pipelines.assets.instance import open_instance  # noqa: PLC0415

    with open_instance(house.settings) as instance:
        report_landing(instance, outcomes)
        for batch in loaded:
            report_load(instance, house, batch)
        report_files(instance, served)
        report_remarks(instance, remarked)
        report_gates(instance, examined)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def _report(outcomes: Sequence[Outcome], names: Mapping[str, str]) -> None:
    changed = [outcome for outcome in outcomes if outcome.status != UNCHANGED]
    table = Table("Connection", "Month", "Delivery", "Status", "Rows", "Bytes")
    for column in table.columns[4:6]:
        column.justify = "right"
    for outcome in changed:
        table.add_row(
            Text(names.get(outcome.connection_id, PLATFORM)),
            outcome.billing_period,
            outcome.delivery_id,
            outcome.status,
            f"{outcome.row_count:,}",
            f"{outcome.bytes:,}",
        )
    if changed:
        console.print(table)
    for outcome in changed:
        if outcome.message:
            name = names.get(outcome.connection_id, PLATFORM)
            where = f"{name} {outcome.billing_period}".strip()
            console.print(f"{where}: {outcome.message}", markup=False, soft_wrap=True)
    console.print(f"{len(changed)} deliveries were new, {len(outcomes) - len(changed)} unchanged.")
