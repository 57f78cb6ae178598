"""`finhouse group`: one role in several organizations, for many members at once."""

from dataclasses import asdict
from typing import Annotated

import typer

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
from warehouse.registry.group_rows import Group

app = typer.Typer(
    cls=Refusing,
    no_args_is_help=True,
    help="Groups: one role in several organizations, for many members at once.",
)
COLUMNS = ("name", "role", "organizations", "members", "group_id")

WhichGroup = Annotated[str, typer.Argument(help="Id or name.")]
GroupRole = "admin, member, or a template of the company."
Reached = "An organization it reaches, by id or name. May be repeated."


def told(group: Group, *, as_json: bool) -> dict[str, object]:
    """Return a group as it is printed."""
    lists = ("organization_ids", "organizations", "member_ids", "members")
    fields = {name: value for name, value in asdict(group).items() if name != "rights"}
    fields["menus"] = group.rights.words
    if as_json:
        return fields
    return {name: ", ".join(value) if name in lists else value for name, value in fields.items()}


@app.command("list")
def list_groups(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the groups you are in, and those of organizations whose members you may see.

    Example: finhouse group list
    """
    found = open_settings_registry().groups.list(company)
    show_all([told(group, as_json=as_json) for group in found], COLUMNS, as_json=as_json)


@app.command("show")
def show_group(group: WhichGroup, company: InCompany = None, *, as_json: AsJson = False) -> None:
    """Show one group.

    Example: finhouse group show "Finance"
    """
    found = open_settings_registry().groups.get(group, company=company)
    show(told(found, as_json=as_json), as_json=as_json)


@app.command("add")
def add_group(
    name: str,
    *,
    role: Annotated[str, typer.Option(help=GroupRole)],
    organization: Annotated[list[str], typer.Option(help=Reached)],
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Add a group with a role in some organizations. Members come with `group join`.

    Example: finhouse group add "Finance" --role member --organization "Retail"
    --organization "Stores"
    """
    groups = open_settings_registry().groups
    added = groups.add(name, role, organization, company=company, reason=reason)
    show(told(added, as_json=as_json), as_json=as_json)


@app.command("change")
def change_group(
    group: WhichGroup,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    role: Annotated[str | None, typer.Option(help=GroupRole)] = None,
    organization: Annotated[
        list[str] | None, typer.Option(help="All it reaches from now on. May be repeated.")
    ] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Give a group another name or role, or other organizations.

    Example: finhouse group change "Finance" --role admin
    """
    changed = open_settings_registry().groups.change(
        group,
        name=name,
        role=role,
        organizations=organization or (),
        company=company,
        reason=reason,
    )
    show(told(changed, as_json=as_json), as_json=as_json)


@app.command("join")
def join_group(
    group: WhichGroup,
    member: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Put a member into a group.

    Example: finhouse group join "Finance" kim@example.com
    """
    groups = open_settings_registry().groups
    joined = groups.join(group, member, company=company, reason=reason)
    show(told(joined, as_json=as_json), as_json=as_json)


@app.command("leave")
def leave_group(
    group: WhichGroup,
    member: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Take a member, or yourself, out of a group.

    Example: finhouse group leave "Finance" kim@example.com
    """
    groups = open_settings_registry().groups
    left = groups.leave(group, member, company=company, reason=reason)
    show(told(left, as_json=as_json), as_json=as_json)


@app.command("remove")
def remove_group(
    group: WhichGroup,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove a group. Its members lose what only it gave them.

    Example: finhouse group remove "Finance"
    """
    groups = open_settings_registry().groups
    found = groups.get(group, company=company)
    confirm(f"Remove the group {found.name} of {len(found.members)} member(s)?", yes=yes)
    groups.remove(found.group_id, company=found.company_id, reason=reason)
    show({"removed": found.group_id, "name": found.name}, as_json=as_json)
