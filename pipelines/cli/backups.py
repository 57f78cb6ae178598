"""`finhouse backup`: copies of the whole house, and the way back from one."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.backups import create, restore
from pipelines.cli.identity import operators_house
from pipelines.cli.output import AsJson, Refusing, Yes, confirm, show, show_all
from pipelines.settings import settings
from warehouse.backups import shelf
from warehouse.backups.shelf import Backup

app = typer.Typer(
    cls=Refusing, no_args_is_help=True, help="Backups of the whole house, for its operator."
)
Name = Annotated[
    str | None,
    typer.Argument(metavar="[BACKUP]", help="Its name, or its folder. Default: the newest."),
]


@app.command("create")
def create_backup(*, as_json: AsJson = False) -> None:
    """Copy registry, catalog, lake and landing as of one instant, while readers go on.

    No refresh runs meanwhile: one that does makes this end with exit code 1.

    Example: FINHOUSE_BACKUP_DIR=/mnt/other/backups finhouse backup create
    """
    house = operators_house("back up the whole installation")
    made = create(house)
    show(_row(made), as_json=as_json)
    if house.settings.backup_dir is None:
        typer.echo(
            "It lies in the data folder, and is lost with it: set FINHOUSE_BACKUP_DIR to a folder"
            " on another disk.",
            err=True,
        )


@app.command("list")
def list_backups(*, as_json: AsJson = False) -> None:
    """List the backups that are there, oldest first.

    Example: finhouse backup list
    """
    rows = [_row(backup) for backup in shelf.every_backup(settings().backups)]
    show_all(rows, ("name", "made_at", "files", "bytes", "certificates"), as_json=as_json)


@app.command("verify")
def verify_backup(name: Name = None, *, as_json: AsJson = False) -> None:
    """Read every byte of a backup: nothing is missing, added or changed, databases are whole.

    Example: finhouse backup verify 20261004T063000Z
    """
    backup = shelf.find_backup(settings().backups, name)
    shelf.check(backup, backup.path)
    show({**_row(backup), "whole": True}, as_json=as_json)


@app.command("restore")
def restore_backup(
    name: Name = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set the data folder that is there aside.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make the data folder of a backup, without what had to go since. Then refresh.

    It appears whole, or not at all.

    Example: finhouse backup restore /mnt/other/backups/20261004T063000Z
    """
    given = settings()
    backup = shelf.find_backup(given.backups, name)
    confirm(
        f"Restore {given.layout.root} as it was at {backup.made_at:%Y-%m-%d %H:%M} UTC?", yes=yes
    )
    done = restore(given, backup, replace=replace)
    shown: Mapping[str, object] = {
        name: value if isinstance(value, int) else value and str(value)
        for name, value in asdict(done).items()
    }
    show(shown, as_json=as_json)


def _row(backup: Backup) -> dict[str, object]:
    return {
        "name": backup.path.name,
        "made_at": backup.made_at,
        "files": len(backup.files),
        "bytes": backup.bytes,
        "certificates": backup.certificates,
        "path": str(backup.path),
    }
