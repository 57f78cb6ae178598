"""`finhouse request`: what a company that withdrew may still ask for."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.identity import operators_house, signed_house
from pipelines.cli.losses import LOSSES, DryRun, losses_of, told
from pipelines.cli.output import AsJson, Reason, Refusing, Yes, confirm, show, show_all
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from warehouse.registry.callers import require_owner
from warehouse.registry.changing import find_company
from warehouse.retention.backup import write_backup
from warehouse.retention.dates import local_date
from warehouse.retention.items import KEPT_BY_LAW, Item
from warehouse.retention.policy import load_policy

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="What a company that withdrew may still ask for."
)


@app.command("early-deletion")
def request_early_deletion(
    company: str,
    reason: Reason = "",
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Ask that what is left of a withdrawn company goes within five days. It goes by its id.

    What a law keeps is kept: the answer is then `partial`, and says until when.

    Example: finhouse request early-deletion co-abcdefghij --reason "letter of 3 May"
    """
    house = operators_house("record a request of a company that withdrew")
    with house.registry.read() as tx:
        found = find_company(tx, company, removed=True)
    losses = losses_of(house, found.company_id)
    if dry_run:
        show_all(losses, LOSSES, as_json=as_json)
        return
    confirm(f"Delete {told(losses)} of {found.name} early, for good?", yes=yes)
    asked = house.registry.endings.ask_early_deletion(
        found.company_id, load_policy(), reason=reason
    )
    kept = [item for item in _plan_of(house, found.company_id) if item.rule in KEPT_BY_LAW]
    until = max((each.dates.gone_before for each in kept if each.rule == "R8"), default=None)
    answer = {"answer": "partial" if kept else "complete", "kept_by_law_until": until}
    show(asdict(asked) | answer, as_json=as_json)


def _plan_of(house: House, company_id: str) -> list[Item]:
    engine = retention_engine(house)
    plan = engine.plan(local_date(utc_now(), engine.policy))
    return [item for item in plan.items if item.company_id == company_id]


@app.command("backup")
def request_backup(
    company: str,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what there is.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write one archive of what still exists of a company: Parquet, counts and hashes.

    The archive itself is deleted within seven days. A company that withdrew goes by its id.

    Example: finhouse request backup co-abcdefghij
    """
    house = signed_house()
    policy = load_policy()
    with house.registry.read() as tx:
        found = find_company(tx, company, removed=True)
        require_owner(tx, found.company_id, "take all of its data away")
    if found.removed_at:
        house.registry.endings.refuse_after_window(found.company_id, policy)
    if dry_run:
        show_all(losses_of(house, found.company_id), LOSSES, as_json=as_json)
        return
    written = write_backup(house.registry, house.lake, policy, found.company_id, utc_now())
    show({"file": str(written), "bytes": written.stat().st_size}, as_json=as_json)
