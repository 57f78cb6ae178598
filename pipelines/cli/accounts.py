"""`finhouse account`: each cloud account in exactly one organization at a time."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import typer

from pipelines.cli.connections import config_of
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
from pipelines.linking import discover
from pipelines.settings import settings

app = typer.Typer(
    cls=Refusing,
    no_args_is_help=True,
    help="Cloud accounts: each in exactly one organization at a time.",
)
COLUMNS = ("provider", "account_id", "name", "organization_name", "valid_from", "valid_to")

WhichAccount = Annotated[str, typer.Argument(help="Account id or name.")]
OfProvider = Annotated[
    str | None, typer.Option("--provider", help="Needed only when two providers share an id.")
]
Effective = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First UTC day it counts. Default: today."
    ),
]
ValidFrom = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First UTC day whose usage counts."
    ),
]


def day(moment: datetime | None) -> date | None:
    """Return the day an option named; a day has no zone."""
    return moment.date() if moment else None


@app.command("list")
def list_accounts(
    company: InCompany = None,
    organization: Annotated[
        str | None, typer.Option(help="Only this one's, by id or name.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the accounts a company holds, and the moves that are still to come.

    Example: finhouse account list --organization "Retail"
    """
    accounts = open_settings_registry().accounts.list(company=company, organization=organization)
    show_all([asdict(account) for account in accounts], COLUMNS, as_json=as_json)


@app.command("show")
def show_account(
    account: WhichAccount,
    provider: OfProvider = None,
    company: InCompany = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show which of the company's organizations held an account, from when to when.

    Example: finhouse account show 012345678901
    """
    accounts = open_settings_registry().accounts
    periods = accounts.periods(account, provider=provider, company=company)
    show_all([asdict(period) for period in periods], COLUMNS, as_json=as_json)


@app.command("add")
def add_account(
    account_id: str,
    *,
    organization: Annotated[str, typer.Option(help="Who holds it, by id or name.")],
    provider: Annotated[str, typer.Option(help="The cloud.")] = "aws",
    name: Annotated[str | None, typer.Option(help="Default: the account id.")] = None,
    linked: Annotated[
        list[str] | None,
        typer.Option(help="An account that this one manages and brings along. May be repeated."),
    ] = None,
    valid_from: ValidFrom = None,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Register an account with an organization: all its usage, or that from a day on.

    Without --valid-from all usage counts; of an account somebody held before, that from today.

    Example: finhouse account add 012345678901 --organization "Retail" --linked 123456789012
    """
    accounts = open_settings_registry().accounts.add(
        provider,
        account_id,
        organization,
        name=name,
        linked=linked or (),
        valid_from=day(valid_from),
        company=company,
        reason=reason,
    )
    show_all([asdict(account) for account in accounts], COLUMNS, as_json=as_json)


@app.command("discover")
def discover_accounts(
    connection: Annotated[str, typer.Argument(help="The connection that bills them, id or name.")],
    organization: Annotated[
        str | None,
        typer.Option(help="Who holds the new ones. Default: who holds the management account."),
    ] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Register the linked accounts of an AWS management account that nobody holds yet.

    AWS Organizations names them where it may be asked, otherwise the bills that are loaded. What
    somebody else holds is never taken; what was removed before stays removed.

    Example: finhouse account discover "AWS main" --organization "Retail"
    """
    house = House.open(settings())
    found = house.registry.connections.get(connection, company=company)
    accounts = discover(house, config_of(found), organization, reason)
    columns = ("account_id", "name", "status", "organization_name", "valid_from")
    show_all([asdict(account) for account in accounts], columns, as_json=as_json)


@app.command("move")
def move_account(
    account: WhichAccount,
    *,
    organization: Annotated[str, typer.Option("--to", help="The new holder, by id or name.")],
    effective: Effective = None,
    provider: OfProvider = None,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Give an account to another organization from a UTC day on (default: today).

    Usage before that day stays where it is. The next `finhouse refresh` computes the months anew
    that the change touches, and no others.

    Example: finhouse account move 012345678901 --to "Stores" --effective 2026-10-01
    """
    moved = open_settings_registry().accounts.move(
        account,
        organization,
        effective=day(effective),
        provider=provider,
        company=company,
        reason=reason,
    )
    show(asdict(moved), as_json=as_json)


@app.command("rename")
def rename_account(
    account: WhichAccount,
    name: str,
    provider: OfProvider = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Give an account another name. Its id stays.

    Example: finhouse account rename 012345678901 "Web shop"
    """
    accounts = open_settings_registry().accounts
    renamed = accounts.rename(account, name, provider=provider, company=company, reason=reason)
    show(asdict(renamed), as_json=as_json)


@app.command("remove")
def remove_account(
    account: WhichAccount,
    effective: Effective = None,
    provider: OfProvider = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take an account out from a UTC day on (default: today). Its usage is then unassigned.

    With the day it came, it is as if it had never been registered.

    Example: finhouse account remove 012345678901 --effective 2026-10-01
    """
    accounts = open_settings_registry().accounts
    last = accounts.periods(account, provider=provider, company=company)[-1]
    confirm(f"Take {last.account_id} out of {last.organization_name}?", yes=yes)
    accounts.remove(
        last.account_id,
        effective=day(effective),
        provider=last.provider,
        company=last.company_id,
        reason=reason,
    )
    show({"removed": last.account_id, "organization": last.organization_name}, as_json=as_json)
