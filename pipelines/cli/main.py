"""The `finhouse` command."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.main import get_group

from pipelines.cli.identity import hoisted, sign
from pipelines.cli.output import Refusing

COMMANDS: Final = {
    "company": "companies.app",
    "organization": "organizations.app",
    "connection": "templates.app",
    "account": "accounts.app",
    "rates": "rates.app",
    "member": "membership.app",
    "invitation": "invitations.app",
    "role": "roles.app",
    "group": "groups.app",
    "key": "keys.app",
    "contact": "contacts.app",
    "contract": "contracts.app",
    "alert": "alerts.app",
    "budget": "budgets.app",
    "actions": "actions.app",
    "prices": "prices.app",
    "hold": "holds.app",
    "extract": "extract_schedules.app",
    "postgres": "postgres.app",
    "quarantine": "quarantine.app",
    "retention": "retention.app",
    "request": "requests.app",
    "backup": "backups.app",
    "whoami": "members.whoami",
    "import": "importing.import_file",
    "sample": "sample.sample",
    "refresh": "refresh.refresh",
    "status": "status.status",
    "costs": "costs.costs",
    "recommend": "recommend.recommend",
    "sql": "sql.sql",
    "dashboards": "dashboards.dashboards",
    "ui": "ui.ui",
}
"""Word -> what it does, as `module.name` beneath pipelines.cli, in the order of the help.

Of a group that two modules fill, the one that imports the other.
"""


class Commands(Mapping[str, Any]):
    """The commands, each imported when it is asked for: most need no cloud's client."""

    def __getitem__(self, word: str) -> Any:
        """Return the click command of a word; KeyError when there is none."""
        module, name = COMMANDS[word].split(".")
        found = getattr(import_module(f"pipelines.cli.{module}"), name)
        alone = typer.Typer(add_completion=False)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=word)
        else:
            alone.command(word)(found)
        return get_group(alone).commands[word]

    def __iter__(self) -> Iterator[str]:
        """Yield the words."""
        return iter(COMMANDS)

    def __len__(self) -> int:
        """Count them."""
        return len(COMMANDS)


class Finhouse(Refusing):
    """The whole command. Who gives it may be said anywhere: people write it last."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()  # type: ignore[assignment]  # none is ever added

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
