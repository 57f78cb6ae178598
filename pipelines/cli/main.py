"""The `finhouse` command."""

from typing import Any

import typer

from pipelines.cli import (
    accounts,
    actions,
    alerts,
    backups,
    budgets,
    companies,
    connections,
    contacts,
    contracts,
    costs,
    dashboards,
    extract_schedules,
    extracts,
    groups,
    holds,
    importing,
    invitations,
    keys,
    members,
    membership,
    organizations,
    postgres,
    prices,
    quarantine,
    rates,
    recommend,
    refresh,
    requests,
    retention,
    roles,
    sample,
    sql,
    status,
    templates,
    ui,
)
from pipelines.cli.identity import hoisted, sign
from pipelines.cli.output import Refusing


class Finhouse(Refusing):
    """The whole command. Who gives it may be said anywhere: people write it last."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read who gives the command before its own words."""
        return super().parse_args(ctx, hoisted(args))


app = typer.Typer(
    cls=Finhouse,
    callback=sign,
    help="Finhouse turns cloud bills into answers: one FOCUS ledger, cost marts per organization.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
connections.app.command("template")(templates.template)
extracts.app.add_typer(extract_schedules.app, name="schedule")
extracts.app.command("deliver")(extract_schedules.deliver)
app.add_typer(companies.app, name="company")
app.add_typer(organizations.app, name="organization")
app.add_typer(connections.app, name="connection")
app.add_typer(accounts.app, name="account")
app.add_typer(rates.app, name="rates")
app.add_typer(membership.app, name="member")
app.add_typer(invitations.app, name="invitation")
app.add_typer(roles.app, name="role")
app.add_typer(groups.app, name="group")
app.add_typer(keys.app, name="key")
app.add_typer(contacts.app, name="contact")
app.add_typer(contracts.app, name="contract")
app.add_typer(alerts.app, name="alert")
app.add_typer(budgets.app, name="budget")
app.add_typer(actions.app, name="actions")
app.add_typer(prices.app, name="prices")
app.add_typer(holds.app, name="hold")
app.add_typer(extracts.app, name="extract")
app.add_typer(postgres.app, name="postgres")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(retention.app, name="retention")
app.add_typer(requests.app, name="request")
app.add_typer(backups.app, name="backup")
app.command("whoami")(members.whoami)
app.command("import")(importing.import_file)
app.command("sample")(sample.sample)
app.command("refresh")(refresh.refresh)
app.command("status")(status.status)
app.command("costs")(costs.costs)
app.command("recommend")(recommend.recommend)
app.command("sql")(sql.sql)
app.command("dashboards")(dashboards.dashboards)
app.command("ui")(ui.ui)
