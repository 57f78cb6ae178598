"""`finhouse hold`: legal holds, which keep bytes from being deleted."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.output import (
    AsJson,
    InCompany,
    Reason,
    Refusing,
    open_settings_registry,
    show,
    show_all,
)

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Legal holds: nothing they cover is deleted."
)
COLUMNS = (
    *("hold_id", "organization_id", "member_id", "reason", "placed_by", "placed_at"),
    "released_at",
)


@app.command("list")
def list_holds(
    company: InCompany = None,
    *,
    released: Annotated[bool, typer.Option("--released", help="Those released, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the holds that stand in a company.

    Example: finhouse hold list --released
    """
    found = open_settings_registry().holds.list(company, released=released)
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

    Example: finhouse hold add --organization "Retail" --reason "case 2026-17"
    """
    holds = open_settings_registry().holds
    placed = holds.add(reason, organization=organization, member=member, company=company)
    show(asdict(placed), as_json=as_json)


@app.command("release")
def release_hold(
    hold: Annotated[str, typer.Argument(help="Its id.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Release a hold. One that the operator placed, only he releases.

    Example: finhouse hold release hld-abcdefghij --reason "case closed"
    """
    holds = open_settings_registry().holds
    show(asdict(holds.release(hold, company=company, reason=reason)), as_json=as_json)
