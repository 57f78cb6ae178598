"""`finhouse actions`: what waits for approval, who decided, and what was carried out."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from pipelines.autosavings.carrying_out import (
    buyer_of,
    by_hand,
    carry_out,
    connections_of,
    refuse_stopped,
    rehearse,
)
from pipelines.autosavings.portal import steps, summary
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
from pipelines.providers.contract import utc_now
from warehouse.registry.action_rows import Action

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Purchases and ways out: decided, then carried out."
)
COLUMNS = (
    *("action_id", "state", "kind", "provider", "account_id", "subject", "committed_cost"),
    *("expected_monthly_savings", "billing_currency", "expires_at", "decided_by"),
)
FEE_COLUMNS = (
    *("billing_period", "provider", "billing_currency", "cost_without_managed"),
    *("cost_with_managed", "realized_savings", "loss_carry_in", "fee_ratio", "fee", "is_final"),
)
OfAction = Annotated[str, typer.Argument(help="Id of the action.")]


@app.command("list")
def list_actions(
    organization: Annotated[str | None, typer.Option(help="Only its actions.")] = None,
    company: InCompany = None,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what is not over.")] = False,
    as_json: AsJson = False,
) -> None:
    """List actions, newest first. Each is of its own base: savings of alternatives never add up.

    Example: finhouse actions list --waiting
    """
    found = open_settings_registry().actions.list(company, organization)
    rows = [_plain(each) for each in found if each.is_open or not waiting]
    show_all(rows, COLUMNS, as_json=as_json)


@app.command("show")
def show_action(action: OfAction, company: InCompany = None, *, as_json: AsJson = False) -> None:
    """Show an action with its evidence, and how it is done by hand.

    Example: finhouse actions show act-abcdefghij
    """
    found = open_settings_registry().actions.get(action, company=company)
    told = {"summary": summary(found), "by_hand": steps(found)}
    show(told | _plain(found), as_json=as_json)


@app.command("approve")
def approve(
    action: OfAction,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Approve an action, as a member who may edit recommendations and did not propose it.

    Example: finhouse actions approve act-abcdefghij --as kim@acme.kr
    """
    actions = open_settings_registry().actions
    confirm(f"{summary(actions.get(action, company=company))}\nApprove it?", yes=yes)
    show(_plain(actions.approve(action, company=company, reason=reason)), as_json=as_json)


@app.command("reject")
def reject(
    action: OfAction, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Reject an action, or take its approval back while nothing was attempted.

    Example: finhouse actions reject act-abcdefghij --reason "Moving to Graviton"
    """
    done = open_settings_registry().actions.reject(action, company=company, reason=reason)
    show(_plain(done), as_json=as_json)


@app.command("execute")
def execute(
    action: OfAction,
    company: InCompany = None,
    done_by_hand: Annotated[
        str | None,
        typer.Option("--by-hand", metavar="ID", help="It was done in the portal; it is called so."),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; send nothing.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Carry out an approved action, once. The operator does it; a member has approved it.

    A lost answer is looked up when it is executed again, and never sent twice blindly.

    Example: finhouse actions execute act-abcdefghij --dry-run
    """
    house = operators_house("carry out actions")
    actions = house.registry.actions
    found = actions.get(action, company=company)
    refuse_stopped(house, found.company_id, utc_now())
    if done_by_hand:
        confirm(f"{summary(found)}\nWas it done as {done_by_hand}?", yes=yes)
        show(_plain(by_hand(actions, action, company, done_by_hand)), as_json=as_json)
        return
    buyer = buyer_of(found, connections_of(house, found.company_id))
    if dry_run or not found.attempted_at:
        request = rehearse(found, buyer)
    if dry_run:
        show({"summary": summary(found), **request}, as_json=as_json)
        return
    confirm(f"{summary(found)}\nCarry it out?", yes=yes)
    show(_plain(carry_out(actions, action, company, buyer)), as_json=as_json)


@app.command("fees")
def show_fees(
    organization: Annotated[str, typer.Option(help="Id or exact name.")],
    company: InCompany = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List what managed commitments saved in each month, and what that costs.

    Example: finhouse actions fees --organization Payments
    """
    found = open_settings_registry().fees.list(organization, company=company)
    show_all([asdict(each) for each in found], FEE_COLUMNS, as_json=as_json)


def _plain(action: Action) -> dict[str, Any]:
    return asdict(action)
