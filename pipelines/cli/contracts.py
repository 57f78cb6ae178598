"""`finhouse contract`: what was promised to a cloud as a whole, which no bill tells."""

from dataclasses import asdict
from datetime import datetime
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
from warehouse.registry.contracts import Terms

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Draw-down contracts: MACC, EDP and the like."
)
COLUMNS = (
    *("contract_id", "name", "organization_id", "provider", "billing_account_id"),
    *("commitment_cost", "billing_currency", "start_date", "last_date"),
)


@app.command("list")
def list_contracts(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the contracts of a company.

    Example: finhouse contract list
    """
    found = open_settings_registry().contracts.list(company)
    show_all([asdict(each) for each in found], COLUMNS, as_json=as_json)


@app.command("add")
def add_contract(
    name: str,
    organization: Annotated[str, typer.Option(help="Who holds it and reads how it goes.")],
    provider: Annotated[str, typer.Option(help="Cloud it was made with, for example azure.")],
    amount: Annotated[str, typer.Option(help="What was promised over the whole term.")],
    currency: Annotated[str, typer.Option(help="Currency of the amount and of the bills.")],
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    billing_account: Annotated[
        str | None, typer.Option(help="Only what this billing account pays. Default: all bills.")
    ] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Register a contract that charges draw down. It shows from the next refresh on.

    Example: finhouse contract add "MACC 2026" --organization Retail --provider azure
    --amount 100000 --currency USD --from 2026-01-01 --to 2026-12-31
    """
    added = open_settings_registry().contracts.add(
        name,
        Terms(amount, currency, start.date(), last.date()),
        organization=organization,
        provider=provider,
        billing_account=billing_account,
        company=company,
        reason=reason,
    )
    show(asdict(added), as_json=as_json)


@app.command("remove")
def remove_contract(
    contract: Annotated[str, typer.Argument(help="By id or name.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take a contract out of the inventory.

    Example: finhouse contract remove "MACC 2026"
    """
    confirm(f"Remove the contract {contract}?", yes=yes)
    removed = open_settings_registry().contracts.remove(contract, company=company, reason=reason)
    show({"removed": removed.contract_id, "name": removed.name}, as_json=as_json)
