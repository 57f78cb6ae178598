"""`finhouse alert`: who is told of what."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.identity import operators_house
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
from pipelines.providers.contract import utc_now
from warehouse.registry.alerts import KINDS, Wish

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Who is told of budgets, anomalies, expiry ..."
)
COLUMNS = (
    *("subscription_id", "member_id", "organization_id", "kinds", "target", "language"),
    *("delivery", "quiet_hours", "time_zone"),
)


@app.command("list")
def list_subscriptions(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List one's own subscriptions; for owners, all of the company.

    Example: finhouse alert list
    """
    found = open_settings_registry().alerts.list(company)
    show_all([asdict(each) for each in found], COLUMNS, as_json=as_json)


@app.command("add")
def add_subscription(
    member: Annotated[str, typer.Argument(help="Who is told what he may see, by e-mail or id.")],
    kind: Annotated[
        list[str] | None, typer.Option(help=f"{', '.join(KINDS)}. Default: all.")
    ] = None,
    organization: Annotated[
        str | None, typer.Option(help="Only this organization. Default: all he may see.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="Where a channel's Apprise URL stands: env:NAME or file:PATH."),
    ] = None,
    language: Annotated[str, typer.Option(help="en or ko.")] = "en",
    delivery: Annotated[str, typer.Option(help="immediate, or daily for a digest.")] = "immediate",
    quiet: Annotated[str | None, typer.Option(help="Hours without, such as 22:00-07:00.")] = None,
    time_zone: Annotated[str, typer.Option(help="Clock of the quiet hours and the day.")] = "UTC",
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Tell a member by e-mail, or a channel (Slack, Teams, a webhook) with his rights.

    Example: finhouse alert add kim@hanbit.kr --kind budget --kind anomaly --language ko
    --delivery daily --quiet 22:00-07:00 --time-zone Asia/Seoul
    """
    wish = Wish(
        tuple(kind or KINDS), target, language, delivery, quiet_hours=quiet, time_zone=time_zone
    )
    added = open_settings_registry().alerts.add(
        member, wish, organization=organization, company=company, reason=reason
    )
    show(asdict(added), as_json=as_json)


@app.command("remove")
def remove_subscription(
    subscription: Annotated[str, typer.Argument(help="By id.")],
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take a subscription away.

    Example: finhouse alert remove sub-abcdefghij
    """
    confirm(f"Remove the subscription {subscription}?", yes=yes)
    removed = open_settings_registry().alerts.remove(subscription, company=company, reason=reason)
    show({"removed": removed.subscription_id}, as_json=as_json)


@app.command("send")
def send_alerts(*, as_json: AsJson = False) -> None:
    """Tell everybody what is new, as the clock does hourly. Exit code 1 when a server failed.

    Example: finhouse alert send
    """
    from pipelines.alerting.sending import tell  # noqa: PLC0415 - Apprise takes its time

    told = tell(operators_house("send alerts"), utc_now())
    columns = ("subscription_id", "company_id", "standing", "told", "message")
    show_all([asdict(each) for each in told], columns, as_json=as_json)
    if any(each.message for each in told):
        raise typer.Exit(1)
