"""`finhouse invitation`: let somebody in with one role."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.members import External, InOrganization, RoleOption
from pipelines.cli.output import (
    AsJson,
    InCompany,
    Reason,
    Refusing,
    open_settings_registry,
    show,
    show_all,
)
from pipelines.settings import settings
from warehouse.registry.rights import MEMBER
from warehouse.registry.store import open_registry

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Invitations: let somebody in with one role."
)
COLUMNS = (
    *("email", "organization_name", "role", "is_external", "expires_at", "accepted_at"),
    "revoked_at",
)


@app.command("list")
def list_invitations(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the invitations to organizations whose members you may see, newest first.

    Example: finhouse invitation list
    """
    found = open_settings_registry().invitations.list(company)
    show_all([asdict(each) for each in found], COLUMNS, as_json=as_json)


@app.command("add")
def add_invitation(
    email: str,
    *,
    organization: InOrganization,
    role: RoleOption = MEMBER,
    external: External = False,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Invite somebody. The token is shown once; whoever has it comes in.

    Example: finhouse invitation add lee@example.com --organization "Retail" --external
    """
    invitations = open_settings_registry().invitations
    added, token = invitations.add(
        email, organization, role, is_external=external, company=company, reason=reason
    )
    show({**asdict(added), "token": token}, as_json=as_json)


@app.command("accept")
def accept_invitation(
    token: Annotated[str, typer.Option(prompt=True, hide_input=True, help="As it was shown.")],
    name: Annotated[str, typer.Option(help="Your name. Default: as the e-mail begins.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Come in. The token is the right to; without --token it is asked for, unseen.

    Example: finhouse invitation accept --name "이서연"
    """
    member = open_registry(settings().registry).invitations.accept(token, name)
    show(asdict(member), as_json=as_json)


@app.command("revoke")
def revoke_invitation(
    invitation: Annotated[str, typer.Argument(help="E-mail or id.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Take back an invitation nobody accepted yet.

    Example: finhouse invitation revoke lee@example.com
    """
    open_settings_registry().invitations.revoke(invitation, company=company, reason=reason)
    show({"revoked": invitation}, as_json=as_json)
