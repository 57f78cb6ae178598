"""The `finhouse` command."""

import typer

from pipelines.cli import (
    accounts,
    companies,
    connections,
    costs,
    extracts,
    organizations,
    refresh,
    sample,
    sql,
    status,
    templates,
    ui,
)

app = typer.Typer(
    help="Finhouse turns cloud bills into answers: one FOCUS ledger, cost marts per organization.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
connections.app.command("template")(templates.template)
app.add_typer(companies.app, name="company")
app.add_typer(organizations.app, name="organization")
app.add_typer(connections.app, name="connection")
app.add_typer(accounts.app, name="account")
app.add_typer(extracts.app, name="extract")
app.command("sample")(sample.sample)
app.command("refresh")(refresh.refresh)
app.command("status")(status.status)
app.command("costs")(costs.costs)
app.command("sql")(sql.sql)
app.command("ui")(ui.ui)
