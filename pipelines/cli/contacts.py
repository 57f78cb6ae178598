"""`finhouse contact`: who receives invoices without an account."""

from dataclasses import asdict

import typer

from pipelines.cli.output import (
    AsJson,
    InCompany,
    Reason,
    Refusing,
    open_settings_registry,
    show,
    show_all,
)

app = typer.Typer(
    cls=Refusing,
    no_args_is_help=True,
    help="Billing contacts: who receives invoices without an account.",
)


@app.command("list")
def list_contacts(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the company's billing contacts.

    Example: finhouse contact list
    """
    found = open_settings_registry().contacts.list(company)
    show_all([asdict(each) for each in found], ("email", "created_at"), as_json=as_json)


@app.command("add")
def add_contact(
    email: str, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Add a billing contact: an e-mail, no account and no rights.

    Example: finhouse contact add invoices@example.com
    """
    contacts = open_settings_registry().contacts
    show(asdict(contacts.add(email, company=company, reason=reason)), as_json=as_json)


@app.command("remove")
def remove_contact(
    email: str, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Remove a billing contact.

    Example: finhouse contact remove invoices@example.com
    """
    open_settings_registry().contacts.remove(email, company=company, reason=reason)
    show({"removed": email}, as_json=as_json)
