"""`finhouse organization`: a company's islands, at most ten."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.identity import signed_house
from pipelines.cli.losses import LOSSES, DryRun, losses_of, told
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
    show_history,
)

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Organizations: a company's islands, at most ten."
)
COLUMNS = ("organization_id", "name", "created_at")


@app.command("list")
def list_organizations(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List a company's living organizations.

    Example: finhouse organization list --company "Acme"
    """
    found = open_settings_registry().organizations.list(company)
    show_all([asdict(organization) for organization in found], COLUMNS, as_json=as_json)


@app.command("show")
def show_organization(
    organization: str, company: InCompany = None, *, as_json: AsJson = False
) -> None:
    """Show one organization and the accounts it holds.

    Example: finhouse organization show "Retail" --json
    """
    registry = open_settings_registry()
    found = registry.organizations.get(organization, company=company)
    held = registry.accounts.list(company=company, organization=found.organization_id)
    accounts = [account.account_id for account in held]
    shown = accounts if as_json else ", ".join(accounts)
    show({**asdict(found), "accounts": shown}, as_json=as_json)


@app.command("add")
def add_organization(
    name: str, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Add an organization to a company.

    Example: finhouse organization add "Retail" --company "Acme"
    """
    organizations = open_settings_registry().organizations
    show(asdict(organizations.add(name, company=company, reason=reason)), as_json=as_json)


@app.command("rename")
def rename_organization(
    organization: str,
    name: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Give an organization another name. Its id stays.

    Example: finhouse organization rename "Retail" "Stores"
    """
    organizations = open_settings_registry().organizations
    renamed = organizations.rename(organization, name, company=company, reason=reason)
    show(asdict(renamed), as_json=as_json)


@app.command("remove")
def remove_organization(
    organization: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove an organization that holds no accounts. Its place is free at once.

    Example: finhouse organization remove "Retail"
    """
    organizations = open_settings_registry().organizations
    found = organizations.get(organization, company=company)
    confirm(f"Remove the organization {found.name}?", yes=yes)
    organizations.remove(found.organization_id, company=found.company_id, reason=reason)
    show({"removed": found.organization_id, "name": found.name}, as_json=as_json)


@app.command("threshold")
def set_threshold(
    organization: str,
    threshold: Annotated[
        str | None, typer.Argument(help="A share or percent. Without it, the present one is shown.")
    ] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    default: Annotated[bool, typer.Option("--default", help="The house's own again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say below which utilization of its commitments an organization wants to be told.

    Example: finhouse organization threshold "Retail" 70%
    """
    thresholds = open_settings_registry().thresholds
    if threshold is None and not default:
        ratio = thresholds.get(organization, company=company)
    else:
        wanted = None if default else threshold
        ratio = thresholds.set(organization, wanted, company=company, reason=reason)
    show({"organization": organization, "utilization_threshold": ratio}, as_json=as_json)


@app.command("history")
def show_organization_history(
    organization: str, company: InCompany = None, *, as_json: AsJson = False
) -> None:
    """List an organization's changes, newest first. A removed one goes by its id.

    Example: finhouse organization history "Retail"
    """
    events = open_settings_registry().organizations.history(organization, company=company)
    show_history(events, as_json=as_json)


@app.command("delete")
def delete_organization(
    organization: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Ask for an organization to be deleted with all its data. There is no way back.

    At once nobody may see it, its accounts and its place are free; the bytes go within a day,
    unless a legal hold keeps them.

    Example: finhouse organization delete "Retail" --reason "sold"
    """
    house = signed_house()
    registry = house.registry
    found = registry.organizations.get(organization, company=company)
    losses = losses_of(house, found.company_id, found.organization_id)
    if dry_run:
        show_all(losses, LOSSES, as_json=as_json)
        return
    confirm(f"Delete {found.name} for good, with {told(losses)}?", yes=yes)
    registry.deletions.request(found.organization_id, company=found.company_id, reason=reason)
    show({"deleted": found.organization_id, "name": found.name}, as_json=as_json)


@app.command("deletions")
def list_deletions(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the requests to delete organizations, and whether a hold stands against each.

    Example: finhouse organization deletions
    """
    found = open_settings_registry().deletions.list(company)
    columns = ("organization_id", "requested_by", "requested_at", "reason", "is_on_hold")
    show_all([asdict(each) for each in found], columns, as_json=as_json)
