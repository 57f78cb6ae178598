"""`finhouse key`: API keys, each acting as its member."""

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

app = typer.Typer(cls=Refusing, no_args_is_help=True, help="API keys: each acts as its member.")
COLUMNS = ("name", "email", "key_id", "issued_by", "created_at", "disabled_at")

WhichKey = Annotated[str, typer.Argument(help="Id or name.")]


@app.command("list")
def list_keys(company: InCompany = None, *, as_json: AsJson = False) -> None:
    """List the keys of the members you may see: who issued each and when, never the key.

    Example: finhouse key list
    """
    found = open_settings_registry().keys.list(company)
    show_all([asdict(key) for key in found], COLUMNS, as_json=as_json)


@app.command("add")
def add_key(
    name: str,
    member: Annotated[
        str | None, typer.Option(help="Whose, when you are the operator. Default: your own.")
    ] = None,
    company: InCompany = None,
    reason: Reason = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Issue a key that acts as you. It is shown once: put it into FINHOUSE_API_KEY.

    Example: finhouse key add "nightly report" --as kim@example.com
    """
    keys = open_settings_registry().keys
    issued, token = keys.add(name, member, company=company, reason=reason)
    show({**asdict(issued), "key": token}, as_json=as_json)


@app.command("disable")
def disable_key(
    key: WhichKey, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Let a key open nothing until it is enabled again.

    Example: finhouse key disable "nightly report"
    """
    keys = open_settings_registry().keys
    show(asdict(keys.disable(key, company=company, reason=reason)), as_json=as_json)


@app.command("enable")
def enable_key(
    key: WhichKey, company: InCompany = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Let a disabled key act again.

    Example: finhouse key enable "nightly report"
    """
    keys = open_settings_registry().keys
    show(asdict(keys.enable(key, company=company, reason=reason)), as_json=as_json)


@app.command("remove")
def remove_key(
    key: WhichKey,
    company: InCompany = None,
    reason: Reason = "",
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete a key for good.

    Example: finhouse key remove "nightly report"
    """
    keys = open_settings_registry().keys
    confirm(f"Delete the key {key}?", yes=yes)
    keys.remove(key, company=company, reason=reason)
    show({"removed": key}, as_json=as_json)
