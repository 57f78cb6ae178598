"""`finhouse company`: who pays, on which plan."""

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

app = typer.Typer(cls=Refusing, no_args_is_help=True, help="Companies: who pays, on which plan.")
COLUMNS = ("company_id", "name", "plan", "reporting_currency", "created_at")

WhichOne = Annotated[
    str | None, typer.Argument(help="Id or name. May be left out when there is only one.")
]


@app.command("list")
def list_companies(*, as_json: AsJson = False) -> None:
    """List the living companies.

    Example: finhouse company list --json
    """
    companies = open_settings_registry().companies.list()
    show_all([asdict(company) for company in companies], COLUMNS, as_json=as_json)


@app.command("show")
def show_company(company: WhichOne = None, *, as_json: AsJson = False) -> None:
    """Show one company.

    Example: finhouse company show "Acme"
    """
    show(asdict(open_settings_registry().companies.get(company)), as_json=as_json)


@app.command("add")
def add_company(
    name: str,
    plan: Annotated[
        str, typer.Option(help="trial, free, standard, premium or enterprise.")
    ] = "trial",
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Add a company.

    Example: finhouse company add "Acme" --plan standard
    """
    company = open_settings_registry().companies.add(name, plan=plan, reason=reason)
    show(asdict(company), as_json=as_json)


@app.command("rename")
def rename_company(
    company: str, name: str, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Give a company another name. Its id stays.

    Example: finhouse company rename "Acme" "Acme Holding"
    """
    renamed = open_settings_registry().companies.rename(company, name, reason=reason)
    show(asdict(renamed), as_json=as_json)


@app.command("plan")
def change_plan(
    plan: Annotated[str, typer.Argument(help="trial, free, standard, premium or enterprise.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Put a company on another plan.

    Example: finhouse company plan premium --company "Acme"
    """
    changed = open_settings_registry().companies.change_plan(company, plan, reason=reason)
    show(asdict(changed), as_json=as_json)


@app.command("currency")
def change_reporting_currency(
    currency: Annotated[str, typer.Argument(help="ISO 4217 code, or `none`.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Tell a company's costs in one currency too, beside those they are billed in.

    The next refresh computes every month again. Import the rates of the months there are first.

    Example: finhouse company currency KRW --company "Acme"
    """
    wanted = None if currency.casefold() == "none" else currency
    companies = open_settings_registry().companies
    changed = companies.change_reporting_currency(company, wanted, reason=reason)
    show(asdict(changed), as_json=as_json)


@app.command("remove")
def remove_company(
    company: str, reason: Reason = "", *, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Remove a company that has no organizations and connections left. Its history stays.

    Example: finhouse company remove "Acme"
    """
    companies = open_settings_registry().companies
    found = companies.get(company)
    confirm(f"Remove the company {found.name}?", yes=yes)
    companies.remove(found.company_id, reason=reason)
    show({"removed": found.company_id, "name": found.name}, as_json=as_json)


@app.command("withdraw")
def withdraw_company(
    company: WhichOne = None,
    reason: Reason = "",
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let a company go. At once nobody reads its data; what goes when is the policy's.

    Example: finhouse company withdraw "Acme" --dry-run
    """
    house = signed_house()
    found = house.registry.companies.get(company)
    losses = losses_of(house, found.company_id)
    if dry_run:
        show_all(losses, LOSSES, as_json=as_json)
        return
    confirm(f"Withdraw {found.name}, and lose {told(losses)} by and by?", yes=yes)
    endings = house.registry.endings
    show(asdict(endings.withdraw(found.company_id, reason=reason)), as_json=as_json)


@app.command("end-trial")
def end_trial(
    company: WhichOne = None,
    reason: Reason = "",
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Tell that a trial ran out: raw files go within a day, the rest in three months.

    A paid plan before then cancels what is not yet gone.

    Example: finhouse company end-trial "Acme" --dry-run
    """
    house = signed_house()
    found = house.registry.companies.get(company)
    losses = losses_of(house, found.company_id)
    if dry_run:
        show_all(losses, LOSSES, as_json=as_json)
        return
    confirm(f"End the trial of {found.name}, and lose {told(losses)} by and by?", yes=yes)
    endings = house.registry.endings
    show(asdict(endings.end_trial(found.company_id, reason=reason)), as_json=as_json)


@app.command("history")
def show_company_history(company: WhichOne = None, *, as_json: AsJson = False) -> None:
    """List every change in a company, newest first. A removed company goes by its id.

    Example: finhouse company history "Acme" --json
    """
    show_history(open_settings_registry().companies.history(company), as_json=as_json)
