"""`finhouse member`: who belongs to a company, and with which role where."""

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
    show_history,
)
from warehouse.registry.people import Grant, Member
from warehouse.registry.rights import MEMBER

app = typer.Typer(
    cls=Refusing,
    no_args_is_help=True,
    help="Members: who belongs to a company, and with which role where.",
)
COLUMNS = (
    *("email", "name", "member_id", "is_owner", "is_external", "created_at"),
    "deactivated_at",
)

WhichMember = Annotated[str, typer.Argument(help="E-mail or id.")]
Oneself = Annotated[str | None, typer.Argument(help="E-mail or id. Default: yourself.")]
InOrganization = Annotated[str, typer.Option(help="By id or name.")]
RoleOption = Annotated[str, typer.Option(help="admin, member, or a role of that organization.")]
External = Annotated[bool, typer.Option("--external", help="From outside: may look, never change.")]


@app.command("list")
def list_members(
    company: InCompany = None,
    organization: Annotated[str | None, typer.Option(help="Only this one's.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the members you may see: those of organizations whose members menu is open to you.

    Example: finhouse member list --organization "Retail"
    """
    found = open_settings_registry().members.list(company, organization=organization)
    show_all([asdict(member) for member in found], COLUMNS, as_json=as_json)


@app.command("show")
def show_member(
    member: Oneself = None, company: InCompany = None, *, as_json: AsJson = False
) -> None:
    """Show a member and his effective rights, menu by menu, with the way each came.

    Example: finhouse member show kim@example.com --json
    """
    found, grants = open_settings_registry().members.get(member, company=company)
    tell(found, grants, as_json=as_json)


def tell(member: Member, grants: tuple[Grant, ...], *, as_json: bool) -> None:
    """Print a member and what is open to him."""
    rights = [asdict(grant) for grant in grants]
    if as_json:
        show({**asdict(member), "grants": rights}, as_json=True)
        return
    show(asdict(member), as_json=False)
    show_all(rights, ("organization_id", "menu", "level", "source"), as_json=False)


@app.command("add")
def add_member(
    email: str,
    *,
    name: Annotated[str, typer.Option(help="Default: what stands before the @.")] = "",
    organization: Annotated[str | None, typer.Option(help="By id or name.")] = None,
    role: RoleOption = MEMBER,
    owner: Annotated[bool, typer.Option("--owner", help="An owner of the company.")] = False,
    external: External = False,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Add a member with a role in an organization, or an owner: the first member must be one.

    Example: finhouse member add kim@example.com --organization "Retail" --role admin
    """
    if owner == (organization is not None):
        raise typer.BadParameter("Give one of --owner and --organization.")
    added = open_settings_registry().members.add(
        email,
        name,
        organization=organization,
        role=role,
        is_external=external,
        company=company,
        reason=reason,
    )
    show(asdict(added), as_json=as_json)


@app.command("grant")
def grant_role(
    member: WhichMember,
    *,
    organization: InOrganization,
    role: RoleOption = MEMBER,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Give a member a role in an organization, instead of the one he has there.

    Example: finhouse member grant kim@example.com --organization "Stores" --role member
    """
    members = open_settings_registry().members
    found = members.grant(member, organization, role, company=company, reason=reason)
    show({**asdict(found), "organization": organization, "role": role}, as_json=as_json)


@app.command("revoke")
def revoke_role(
    member: WhichMember,
    *,
    organization: InOrganization,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Take a member's own role in an organization away; what a group gives him stays.

    Example: finhouse member revoke kim@example.com --organization "Stores"
    """
    members = open_settings_registry().members
    members.revoke(member, organization, company=company, reason=reason)
    show({"revoked": member, "organization": organization}, as_json=as_json)


@app.command("rename")
def rename_member(
    member: WhichMember,
    name: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Give yourself another name.

    Example: finhouse member rename kim@example.com "김민준"
    """
    members = open_settings_registry().members
    show(asdict(members.rename(member, name, company=company, reason=reason)), as_json=as_json)


@app.command("consent")
def consent(
    member: Oneself = None,
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take it back.")] = False,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Agree to marketing, or take it back. Nobody does it for somebody else.

    Example: finhouse member consent --withdraw --as kim@example.com
    """
    members = open_settings_registry().members
    changed = members.consent(member, given=not withdraw, company=company, reason=reason)
    show(asdict(changed), as_json=as_json)


@app.command("history")
def show_member_history(
    member: Oneself = None, company: InCompany = None, *, as_json: AsJson = False
) -> None:
    """List what you did and what was done to you, newest first; owners may ask for anybody.

    Example: finhouse member history --as kim@example.com
    """
    events = open_settings_registry().members.history(member, company=company)
    show_history(events, as_json=as_json)


def whoami(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """Show who gives commands here and what he may do.

    Example: finhouse whoami --as kim@example.com
    """
    registry = open_settings_registry()
    if registry.caller.is_operator:
        show({"acts_as": registry.caller.name, "may": "everything"}, as_json=as_json)
        return
    tell(*registry.members.get(company=company), as_json=as_json)
