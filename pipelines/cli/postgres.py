"""`finhouse postgres`: SQL over the network for members, by any tool that speaks PostgreSQL."""

import typer

from pipelines.cli.identity import operators_house, signed_house
from pipelines.cli.output import AsJson, InCompany, Reason, Refusing, Yes, confirm, show
from pipelines.postgres import postgres_door
from warehouse.registry.passwords import closing_to, opening_to
from warehouse.serving.postgres.hardening import setup_script

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="PostgreSQL: the marts for members, over the network."
)


@app.command("setup")
def print_setup() -> None:
    """Print the SQL that a superuser runs once: it closes what PostgreSQL leaves open.

    Example: finhouse postgres setup | sudo -u postgres psql --dbname finhouse
    """
    house = operators_house("set up PostgreSQL")
    typer.echo(setup_script(postgres_door(house).server))


@app.command("sync")
def sync(*, as_json: AsJson = False) -> None:
    """Bring what changed, of marts and rights, into PostgreSQL. A refresh does it by itself.

    Example: finhouse postgres sync
    """
    loaded = postgres_door(operators_house("load PostgreSQL")).sync()
    if loaded is None:
        typer.echo("Nothing is published yet. Run `finhouse refresh` first.", err=True)
        raise typer.Exit(1)
    show(vars(loaded), as_json=as_json)


@app.command("password")
def issue_password(
    member: str, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Let a member log in by a new password. It is shown once; the old one ends.

    Example: finhouse postgres password kim@example.com --as kim@example.com
    """
    house = signed_house()
    door = postgres_door(house)
    with opening_to(house.registry, member, company=company, reason=reason) as found:
        password = door.admit(found.member_id)
    said = door.server.parameters
    shown = {"host": said.get("host", ""), "port": said.get("port", "5432")}
    shown |= {"database": said["dbname"], "user": found.member_id, "password": password}
    show(shown, as_json=as_json)


@app.command("revoke")
def revoke_password(
    member: str,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Close PostgreSQL to a member until he is given another password; end his sessions.

    Example: finhouse postgres revoke kim@example.com
    """
    house = signed_house()
    door = postgres_door(house)
    confirm(f"Close PostgreSQL to {member}?", yes=yes)
    with closing_to(house.registry, member, company=company, reason=reason) as found:
        ended = door.dismiss(found.member_id)
    show({"revoked": found.email, "ended_sessions": ended}, as_json=as_json)
