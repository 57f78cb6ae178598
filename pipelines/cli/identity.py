"""Who gives a command: the operator of the installation, or one of its members."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from pipelines.house import House
from pipelines.postgres import followed_by_postgres
from pipelines.settings import settings
from warehouse.registry.callers import Caller
from warehouse.registry.errors import NotSignedInError
from warehouse.registry.store import Registry, open_registry

AS_HELP = "Act as this member, by e-mail: see and change no more than he may."
OPERATOR_HELP = "Act as the operator of this installation, who may do everything."


@dataclass(frozen=True)
class Identity:
    """What the command line says about who gives the command."""

    email: str | None = None
    is_operator: bool = False


SAID: Final[ContextVar[Identity | None]] = ContextVar("SAID", default=None)


def sign(
    ctx: typer.Context,
    email: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help=AS_HELP)] = None,
    *,
    operator: Annotated[bool, typer.Option("--operator", help=OPERATOR_HELP)] = False,
) -> None:
    """Keep who gives the command, as long as the command lasts."""
    if email and operator:
        raise typer.BadParameter("Give one of --as and --operator.")
    token = SAID.set(Identity(email, operator))
    ctx.call_on_close(lambda: SAID.reset(token))


def hoisted(words: Sequence[str]) -> list[str]:
    """Return the words with `--as EMAIL` and `--operator` first, where people write them last.

    What follows `--` stays where it is.
    """
    end = words.index("--") if "--" in words else len(words)
    first: list[str] = []
    rest: list[str] = []
    asked = iter(words[:end])
    for word in asked:
        if word == "--as":
            first += [word, *(value for value in [next(asked, None)] if value is not None)]
        elif word == "--operator" or word.startswith("--as="):
            first.append(word)
        else:
            rest.append(word)
    return [*first, *rest, *words[end:]]


def signed_registry() -> Registry:
    """Open the registry of the settings as whoever gives the command may use it."""
    return signed(open_registry(settings().registry))


def signed_house() -> House:
    """Open the house as whoever gives the command may use its registry."""
    house = House.open(settings())
    return House(house.settings, signed(house.registry), house.lake)


def operators_house(what: str) -> House:
    """Open the house for a command that concerns the whole installation.

    Raises NotAllowedError for a member.
    """
    house = signed_house()
    house.registry.refuse_members(what)
    return house


def signed(registry: Registry) -> Registry:
    """Return the registry as whoever gives the command may see and change it.

    `--as` or `--operator` first, then FINHOUSE_API_KEY, then FINHOUSE_OPERATOR. An installation
    without members has nobody to keep out: whoever uses it is its operator.
    Raises NotSignedInError when nobody said who he is.
    """
    registry = followed_by_postgres(registry)
    said, key = SAID.get() or Identity(), settings().api_key
    if said.is_operator:
        return registry
    if key is not None:
        return registry.acting_as(_holder(registry, key.get_secret_value(), said.email))
    if said.email is not None:
        return registry.acting_as(registry.members.caller(said.email))
    if settings().operator or not registry.members.exist():
        return registry
    raise NotSignedInError(
        "Nobody said who gives this command, and this installation has members.",
        "Say `--as EMAIL`, set FINHOUSE_API_KEY, or say `--operator` if you run it.",
    )


def _holder(registry: Registry, key: str, email: str | None) -> Caller:
    holder = registry.keys.sign_in(key)
    if email is not None and not holder.member_ids <= registry.members.caller(email).member_ids:
        raise NotSignedInError(
            "The key in FINHOUSE_API_KEY is not that member's.", "Leave out one of both."
        )
    return holder
