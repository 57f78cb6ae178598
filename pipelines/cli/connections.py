"""`finhouse connection`: where a company's bills come from."""

from dataclasses import asdict, fields
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
    refuse,
    show,
    show_all,
)
from pipelines.providers.contract import ConnectionConfig
from pipelines.providers.registry import provider_for
from warehouse.registry.sources import Connection, Source

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Connections: where a company's bills come from."
)
COLUMNS = (
    *("connection_id", "name", "provider", "dataset", "location", "export_name"),
    "disconnected_at",
)

WhichConnection = Annotated[str, typer.Argument(help="Id or name.")]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="KEY=VALUE",
        help="Provider's own, e.g. role_arn, external_id, region, endpoint_url; for Azure "
        "amortized_export, tenant_id, client_id. Anybody's: fresh_within_hours, "
        "schema_changes=accepted. May be repeated.",
    ),
]
REFERENCE_HELP = "Where the secret is: chain (the cloud's own way), env:NAME or file:/PATH."


def parse_options(given: list[str] | None) -> dict[str, str]:
    """Return KEY=VALUE pairs as a mapping; a usage error does not repeat what was given."""
    pairs = [text.partition("=") for text in given or ()]
    if any(not key or not separator for key, separator, _ in pairs):
        raise typer.BadParameter("Write it as KEY=VALUE.", param_hint="--option")
    return {key: value for key, _, value in pairs}


def config_of(connection: Connection) -> ConnectionConfig:
    """Return the connection as its provider sees it."""
    return ConnectionConfig(
        **{each.name: getattr(connection, each.name) for each in fields(ConnectionConfig)}
    )


@app.command("list")
def list_connections(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List a company's connections, disconnected ones too.

    Example: finhouse connection list --json
    """
    found = open_settings_registry().connections.list(company)
    show_all([asdict(connection) for connection in found], COLUMNS, as_json=as_json)


@app.command("show")
def show_connection(
    connection: WhichConnection, company: InCompany = None, *, as_json: AsJson = False
) -> None:
    """Show one connection.

    Example: finhouse connection show "AWS main"
    """
    found = open_settings_registry().connections.get(connection, company=company)
    show(asdict(found), as_json=as_json)


@app.command("add")
def add_connection(
    name: str,
    *,
    location: Annotated[
        str,
        typer.Option(
            help="s3://bucket/prefix, https://account.blob.core.windows.net/container/directory, "
            "or a folder laid out alike."
        ),
    ],
    export: Annotated[str, typer.Option(help="The export's name at the provider.")],
    dataset: Annotated[
        str,
        typer.Option(
            help="AWS: cur1, cur2, focus. Azure: cost, focus, reservation_details, "
            "reservation_transactions, price_sheet. GCP: detailed, standard, focus, pricing, "
            "cud_subscriptions."
        ),
    ],
    provider: Annotated[str, typer.Option(help="The cloud.")] = "aws",
    option: Options = None,
    secret: Annotated[str, typer.Option(help=REFERENCE_HELP)] = Source.secret,
    company: InCompany = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Say where bills come from. Nothing is fetched yet; `connection check` tries it.

    Example: finhouse connection add "AWS main" --location s3://acme-bills/cur --export daily
    --dataset cur2 --option role_arn=arn:aws:iam::012345678901:role/finhouse
    """
    source = Source(provider, location, export, dataset, parse_options(option), secret)
    connections = open_settings_registry().connections
    show(asdict(connections.add(name, source, company=company, reason=reason)), as_json=as_json)


@app.command("check")
def check_connection(
    connection: WhichConnection, company: InCompany = None, *, as_json: AsJson = False
) -> None:
    """Say what is missing for bills to arrive. Exit code 1 when something is.

    Example: finhouse connection check "AWS main"
    """
    found = open_settings_registry().connections.get(connection, company=company)
    try:
        provider = provider_for(config_of(found))
    except ValueError as error:
        refuse(str(error))
    findings = provider.check()
    rows = [asdict(finding) for finding in findings]
    said = rows if as_json else [row | {"ok": "yes" if row["ok"] else "NO"} for row in rows]
    show_all(said, ("ok", "subject", "message", "advice"), as_json=as_json)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@app.command("change")
def change_connection(
    connection: WhichConnection,
    option: Options = None,
    secret: Annotated[str | None, typer.Option(help=REFERENCE_HELP)] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Change how an export is reached. Options given replace all that were there.

    Example: finhouse connection change "AWS main" --secret env:ACME_KEY
    """
    changed = open_settings_registry().connections.change_access(
        connection,
        options=parse_options(option) if option else None,
        secret=secret,
        company=company,
        reason=reason,
    )
    show(asdict(changed), as_json=as_json)


@app.command("rename")
def rename_connection(
    connection: WhichConnection,
    name: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Give a connection another name. Its id stays.

    Example: finhouse connection rename "AWS main" "AWS"
    """
    connections = open_settings_registry().connections
    renamed = connections.rename(connection, name, company=company, reason=reason)
    show(asdict(renamed), as_json=as_json)


@app.command("disconnect")
def disconnect_connection(
    connection: WhichConnection,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Stop reading a connection. What arrived stays.

    Example: finhouse connection disconnect "AWS main"
    """
    connections = open_settings_registry().connections
    stopped = connections.disconnect(connection, company=company, reason=reason)
    show(asdict(stopped), as_json=as_json)


@app.command("reconnect")
def reconnect_connection(
    connection: WhichConnection,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Read a disconnected connection again, going on where it stopped.

    Example: finhouse connection reconnect "AWS main"
    """
    connections = open_settings_registry().connections
    again = connections.reconnect(connection, company=company, reason=reason)
    show(asdict(again), as_json=as_json)


@app.command("remove")
def remove_connection(
    connection: WhichConnection,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove a connection that never delivered. One that did is disconnected instead.

    Example: finhouse connection remove "AWS main"
    """
    connections = open_settings_registry().connections
    found = connections.get(connection, company=company)
    confirm(f"Remove the connection {found.name}?", yes=yes)
    connections.remove(found.connection_id, company=found.company_id, reason=reason)
    show({"removed": found.connection_id, "name": found.name}, as_json=as_json)
