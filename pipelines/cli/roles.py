"""`finhouse role`: what a role of your own opens, menu by menu."""

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
from warehouse.registry.rights import BUILT_IN, EVERYTHING, MENUS, OWNER

app = typer.Typer(cls=Refusing, no_args_is_help=True, help="Roles: what each opens, menu by menu.")
COLUMNS = ("name", "organization_name", "menus", "role_id")

Menus = Annotated[
    list[str],
    typer.Option(
        "--menu",
        metavar="MENU=LEVEL",
        help=f"Of {', '.join(MENUS)}: none, view or edit. May be repeated.",
    ),
]
Place = Annotated[
    str | None, typer.Option("--organization", help="By id or name. Default: a template.")
]
WhichRole = Annotated[str, typer.Argument(help="Id or name.")]


def parse_menus(given: list[str]) -> dict[str, str]:
    """Return MENU=LEVEL pairs as a mapping; the registry judges the words."""
    pairs = [text.partition("=") for text in given]
    if any(not menu or not separator for menu, separator, _ in pairs):
        raise typer.BadParameter("Write it as MENU=LEVEL.", param_hint="--menu")
    return {menu: level for menu, _, level in pairs}


@app.command("list")
def list_roles(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the roles there always are, the company's templates, and those of organizations.

    A template goes into every new organization as a copy, and groups may carry it.

    Example: finhouse role list --json
    """
    always = {OWNER: EVERYTHING, **BUILT_IN}
    empty = dict.fromkeys(("role_id", "company_id", "organization_id", "organization_name"))
    rows: list[dict[str, object]] = [
        {**empty, "name": name, "menus": rights.words} for name, rights in always.items()
    ]
    rows += [asdict(role) for role in open_settings_registry().roles.list(company)]
    show_all(rows, COLUMNS, as_json=as_json)


@app.command("add")
def add_role(
    name: str,
    menu: Menus,
    organization: Place = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Add a role to an organization, or a template when none is named.

    Example: finhouse role add "Finance" --menu costs=view --menu billing=view
    --organization "Retail"
    """
    added = open_settings_registry().roles.add(
        name, parse_menus(menu), organization=organization, company=company, reason=reason
    )
    show(asdict(added), as_json=as_json)


@app.command("change")
def change_role(
    role: WhichRole,
    menu: Annotated[
        list[str] | None,
        typer.Option(metavar="MENU=LEVEL", help="All menus anew. May be repeated."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    organization: Place = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Change what a role opens, for everybody who has it, or its name.

    Example: finhouse role change "Finance" --organization "Retail" --menu costs=view
    """
    changed = open_settings_registry().roles.change(
        role,
        menus=parse_menus(menu) if menu else None,
        name=name,
        organization=organization,
        company=company,
        reason=reason,
    )
    show(asdict(changed), as_json=as_json)


@app.command("remove")
def remove_role(
    role: WhichRole,
    organization: Place = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove a role that nobody has.

    Example: finhouse role remove "Finance" --organization "Retail"
    """
    roles = open_settings_registry().roles
    confirm(f"Remove the role {role}?", yes=yes)
    roles.remove(role, organization=organization, company=company, reason=reason)
    show({"removed": role}, as_json=as_json)
