"""`finhouse hold`: legal holds, which keep bytes from being deleted."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from pipelines.cli.identity import signed_house
from pipelines.cli.losses import ITEMS, DryRun, item_row, named
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
from pipelines.house import House
from pipelines.providers.contract import utc_now
from pipelines.retention import retention_engine
from warehouse.registry.errors import NotFoundError
from warehouse.registry.holds import Hold
from warehouse.retention.dates import local_date
from warehouse.retention.events import HoldFacts
from warehouse.retention.items import Item
from warehouse.retention.plan import covers

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Legal holds: nothing they cover is deleted."
)
COLUMNS = (
    *("hold_id", "organization_id", "member_id", "reason", "placed_by", "placed_at"),
    "lifted_at",
)


@app.command("list")
def list_holds(
    company: InCompany = None,
    *,
    lifted: Annotated[bool, typer.Option("--lifted", help="Those lifted, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the holds that stand in a company.

    Example: finhouse hold list --lifted
    """
    found = open_settings_registry().holds.list(company, lifted=lifted)
    show_all([asdict(each) for each in found], COLUMNS, as_json=as_json)


@app.command("add")
def add_hold(
    reason: Annotated[str, typer.Option(help="Which case or law asks for it.")],
    organization: Annotated[
        str | None, typer.Option(help="By id or name. Default: the whole company.")
    ] = None,
    member: Annotated[str | None, typer.Option(help="By e-mail or id.")] = None,
    company: InCompany = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Keep the bytes of an organization, a member or the company. Access still ends as asked.

    Nothing is lost by it: there is no dry run and nothing to confirm.

    Example: finhouse hold add --organization "Retail" --reason "case 2026-17"
    """
    holds = open_settings_registry().holds
    placed = holds.add(reason, organization=organization, member=member, company=company)
    show(asdict(placed), as_json=as_json)


@app.command("lift")
def lift_hold(
    hold: Annotated[str, typer.Argument(help="Its id.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Lift a hold: what it alone kept goes within days. The operator's, only he lifts.

    Example: finhouse hold lift hld-abcdefghij --dry-run
    """
    house = signed_house()
    standing = house.registry.holds.list(company)
    found = next((each for each in standing if each.hold_id == hold), None)
    if found is None:
        raise NotFoundError(f"No hold {hold!r} stands here.", "`finhouse hold list` shows them.")
    others = [each for each in standing if each.hold_id != hold]
    today, kept = _kept_alone(house, found, others)
    if dry_run:
        show_all([item_row(item, today) for item in kept], ITEMS, as_json=as_json)
        return
    confirm(f"{named(kept)} Lift the hold that keeps it?", yes=yes)
    lifted = house.registry.holds.lift(hold, company=company, reason=reason)
    show(asdict(lifted), as_json=as_json)


def _kept_alone(house: House, hold: Hold, others: Iterable[Hold]) -> tuple[date, list[Item]]:
    """Return today, and what would go if it were not for this hold."""
    engine = retention_engine(house)
    today = local_date(utc_now(), engine.policy)
    rest = [_facts(each) for each in others]
    kept = [
        item
        for item in engine.plan(today).items
        if covers(_facts(hold), item) and not any(covers(each, item) for each in rest)
    ]
    return today, kept


def _facts(hold: Hold) -> HoldFacts:
    return HoldFacts(hold.company_id, hold.organization_id, hold.member_id)
