"""`finhouse budget`: what organizations mean to spend."""

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
from warehouse.registry.budgets import THRESHOLDS, Part

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Budgets of organizations, and when to be told."
)
COLUMNS = (
    *("budget_id", "name", "organization_id", "recurrence", "budget_cost", "billing_currency"),
    *("sub_account_id", "service_name", "tag_key", "tag_value", "thresholds", "first_period"),
)
Named = Annotated[str, typer.Argument(help="By id or name.")]
Told = Annotated[
    list[str] | None,
    typer.Option("--threshold", help="Percent of actual (80%) or of forecast (forecast:100%)."),
]


@app.command("list")
def list_budgets(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the budgets of a company.

    Example: finhouse budget list
    """
    found = open_settings_registry().budgets.list(company)
    show_all([asdict(each) for each in found], COLUMNS, as_json=as_json)


@app.command("add")
def add_budget(
    name: str,
    organization: Annotated[str, typer.Option(help="Whose costs count.")],
    amount: Annotated[str, typer.Option(help="What may be spent in a month or year.")],
    currency: Annotated[str, typer.Option(help="Of the bills, or the company's reporting one.")],
    every: Annotated[str, typer.Option(help="month or year.")] = "month",
    account: Annotated[str | None, typer.Option(help="Only this cloud account.")] = None,
    service: Annotated[str | None, typer.Option(help="Only this service, by its name.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only what carries this tag, key=value.")] = None,
    threshold: Told = None,
    first_period: Annotated[
        str | None, typer.Option("--from", help="First month, YYYY-MM. Default: this month.")
    ] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Add a budget. Its state shows from the next refresh on.

    Example: finhouse budget add "Retail 2026" --organization Retail --amount 5000 --currency USD
    --threshold 80% --threshold forecast:100%
    """
    added = open_settings_registry().budgets.add(
        name,
        amount,
        currency,
        organization=organization,
        recurrence=every,
        part=Part(account, service, tag),
        thresholds=threshold or THRESHOLDS,
        first_period=first_period,
        company=company,
        reason=reason,
    )
    show(asdict(added), as_json=as_json)


@app.command("set")
def set_budget(
    budget: Named,
    amount: Annotated[str | None, typer.Option(help="What may be spent from now on.")] = None,
    threshold: Told = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Change a budget's amount, or replace its thresholds.

    Example: finhouse budget set "Retail 2026" --amount 6000
    """
    changed = open_settings_registry().budgets.set(
        budget, amount=amount, thresholds=threshold, company=company, reason=reason
    )
    show(asdict(changed), as_json=as_json)


@app.command("remove")
def remove_budget(
    budget: Named,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take a budget away.

    Example: finhouse budget remove "Retail 2026"
    """
    confirm(f"Remove the budget {budget}?", yes=yes)
    removed = open_settings_registry().budgets.remove(budget, company=company, reason=reason)
    show({"removed": removed.budget_id, "name": removed.name}, as_json=as_json)
