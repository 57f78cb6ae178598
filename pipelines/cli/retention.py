"""`finhouse retention`: what must go and when, and the proof that it went."""

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from pipelines.cli.identity import operators_house, signed_house
from pipelines.cli.losses import ITEMS, DryRun, item_row, named
from pipelines.cli.output import AsJson, Refusing, Yes, confirm, show, show_all
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from warehouse.registry.callers import require_owner
from warehouse.retention.approvals import approve, propose
from warehouse.retention.certificates import read_chain
from warehouse.retention.dates import local_date
from warehouse.retention.items import Plan

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Retention: what must go, goes, and there is proof."
)
CERTIFIED = (
    *("sequence", "rule", "billing_period", "gone_at", "level", "planned_rows", "deleted_rows"),
    *("deleted_bytes", "searched_files", "searched_words", "flags"),
)
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Day YYYY-MM-DD. Default: today."),
]


@app.command("plan")
def plan_retention(
    as_of: AsOf = None,
    *,
    due: Annotated[bool, typer.Option("--due", help="Only what is due on that day.")] = False,
    proposes: Annotated[
        bool, typer.Option("--propose", help="Ask that what is due is deleted; another approves.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what goes when and why. Deletes nothing.

    Example: finhouse retention plan --as-of 2027-01-01 --due
    """
    house = operators_house("plan the retention of the whole installation")
    made = _plan(house, as_of)
    if proposes:
        propose(house.registry, made, house.registry.caller.name, utc_now())
    shown = made.due if due or proposes else made.items
    show_all([item_row(item, made.as_of) for item in shown], ITEMS, as_json=as_json)
    if proposes:
        typer.echo(f"Proposed as {made.digest}: another approves it.", err=True)


@app.command("approve")
def approve_plan(
    digest: Annotated[str, typer.Argument(help="What `retention plan --propose` printed.")],
    as_of: AsOf = None,
    *,
    yes: Yes = False,
) -> None:
    """Let a proposed plan be executed. It takes an owner of every company in it, or the operator.

    Example: finhouse retention approve 5d1f... --as owner@example.com
    """
    house = signed_house()
    made = _plan(house, as_of)
    with house.registry.read() as tx:
        for company_id in sorted({item.company_id for item in made.due}):
            require_owner(tx, company_id, "approve deletions")
    confirm(f"{named(made.due)} Approve?", yes=yes)
    approve(house.registry, made, digest, house.registry.caller.name, utc_now())
    show({"approved": digest, "by": house.registry.caller.name}, as_json=False)


@app.command("run")
def run_retention(
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete what is due today, search for it, and certify that it is gone. No way back.

    Example: finhouse retention run --dry-run
    """
    house = operators_house("delete what is due")
    made = _plan(house, None)
    if dry_run:
        show_all([item_row(item, made.as_of) for item in made.due], ITEMS, as_json=as_json)
        return
    if made.due:
        confirm(f"{named(made.due)} Delete it for good?", yes=yes)
    # Dagster takes seconds to import: a plan does not pay for it.
    from pipelines.assets.traces import clean_dagster  # noqa: PLC0415

    engine = retention_engine(house, lambda: clean_dagster(house.settings))
    written = engine.run(utc_now())
    show_all(
        [{"sequence": link.sequence, **json.loads(link.document)} for link in written],
        CERTIFIED,
        as_json=as_json,
    )


@app.command("verify")
def verify_certificates(*, as_json: AsJson = False) -> None:
    """Check that no certificate was changed, left out, swapped or cut off.

    Example: finhouse retention verify
    """
    house = operators_house("verify the certificates")
    show({"certificates": retention_engine(house).check_chain(), "intact": True}, as_json=as_json)


@app.command("certificates")
def list_certificates(*, as_json: AsJson = False) -> None:
    """List what was deleted when: tokens and counts, no names.

    Example: finhouse retention certificates --json
    """
    house = operators_house("read the certificates")
    with house.registry.read() as tx:
        chain = read_chain(tx)
    rows = [{**asdict(link), **json.loads(link.document)} for link in chain]
    show_all(rows, CERTIFIED, as_json=as_json)


def _plan(house: House, as_of: str | None) -> Plan:
    engine = retention_engine(house)
    day = date.fromisoformat(as_of) if as_of else local_date(utc_now(), engine.policy)
    return engine.plan(day)
