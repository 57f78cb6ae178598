"""`finhouse member`: how members leave, come back, and hand ownership over."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.members import WhichMember
from pipelines.cli.members import app as members_app
from pipelines.cli.output import (
    AsJson,
    InCompany,
    Reason,
    Yes,
    confirm,
    open_settings_registry,
    show,
)

app = members_app
"""The same noun: what it has beside these is in `members`."""


@app.command("deactivate")
def deactivate_member(
    member: WhichMember, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Switch a member off, with all his keys, until he is reactivated.

    Example: finhouse member deactivate kim@example.com --reason "on leave"
    """
    membership = open_settings_registry().membership
    show(asdict(membership.deactivate(member, company=company, reason=reason)), as_json=as_json)


@app.command("reactivate")
def reactivate_member(
    member: WhichMember, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Give a deactivated member back what he held.

    Example: finhouse member reactivate kim@example.com
    """
    membership = open_settings_registry().membership
    show(asdict(membership.reactivate(member, company=company, reason=reason)), as_json=as_json)


@app.command("remove")
def remove_member(
    member: WhichMember,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove a member, or leave yourself. Coming back takes an invitation.

    Example: finhouse member remove kim@example.com
    """
    membership = open_settings_registry().membership
    confirm(f"Remove {member} with all roles and keys?", yes=yes)
    membership.remove(member, company=company, reason=reason)
    show({"removed": member}, as_json=as_json)


@app.command("hand-over")
def hand_over(
    to: Annotated[str, typer.Argument(help="The new owner, by e-mail or id.")],
    *,
    giver: Annotated[
        str | None, typer.Option("--from", help="Who steps down. Default: yourself.")
    ] = None,
    stay: Annotated[bool, typer.Option("--stay", help="Nobody steps down.")] = False,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Make a member an owner of the company and step down, in one change.

    Example: finhouse member hand-over lee@example.com --as kim@example.com
    """
    membership = open_settings_registry().membership
    heir = membership.hand_over(to, giver=giver, stay=stay, company=company, reason=reason)
    show(asdict(heir), as_json=as_json)


@app.command("step-down")
def step_down(
    member: WhichMember, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Make an owner an ordinary member, while another owner is left.

    Example: finhouse member step-down kim@example.com
    """
    membership = open_settings_registry().membership
    show(asdict(membership.step_down(member, company=company, reason=reason)), as_json=as_json)
