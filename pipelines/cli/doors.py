"""The doors of `finhouse sql`: what a question is asked of, and by which right."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from pipelines.cli.identity import signed_house
from pipelines.cli.reading import PublishedLake, published_lake
from pipelines.house import House
from warehouse import spilling
from warehouse.extracts.report import ExtractError
from warehouse.layout import Holder
from warehouse.portion import portion
from warehouse.registry.callers import not_allowed
from warehouse.registry.scopes import company_of, open_menus, owned_by, scope_of
from warehouse.scope import COMPANY_MARTS, MENU_OF, Scope
from warehouse.serving.contents import FILE_MENUS, file_of, quoted
from warehouse.serving.isolated_process import FILE
from warehouse.serving.isolation import Limits, ask
from warehouse.serving.questions import Answer, answers

Ask = Callable[[str, int | None], Iterator[Answer]]
"""Answers a text; of each statement at most one row more than the limit."""
MENUS: Final = frozenset(MENU_OF.values())
NOT_PUBLISHED: Final = (
    "Nothing is published yet for this organization or company.",
    "Run `finhouse refresh` first.",
)


@dataclass(frozen=True)
class Door:
    """Somewhere to ask, and since when readers see what is there."""

    ask: Ask
    published_at: datetime


@contextmanager
def opened(organization: str | None, company: str | None) -> Iterator[Door]:
    """Open an organization's file, a company's, or else what the caller may see of the lake.

    His rights are asked for again with every question. Raises RegistryError and ExtractError.
    """
    if organization is None and company is None:
        with published_lake() as lake:
            is_operator = lake.house.registry.caller.is_operator
            yield Door(_whole(lake) if is_operator else _own(lake), lake.published_at)
        return
    house = signed_house()
    holder, _ = _rights(house, organization, company)
    with _linked(house, holder) as file, house.lake.open_database() as connection:
        connection.execute(f"attach {quoted(file)} as lake (read_only)")
        [(at,)] = connection.execute("select published_at from lake.marts._about").fetchall()

        def asked(text: str, limit: int | None) -> Iterator[Answer]:
            _, menus = _rights(house, organization, company)
            if menus == FILE_MENUS:
                yield from ask(file, text, _limits(house), limit)
                return
            scopes = {
                mart: Scope.everything() if menu in menus else Scope()
                for mart, menu in MENU_OF.items()
            }
            yield from _of_portion(house, connection, scopes, text, limit)

        yield Door(asked, at.replace(tzinfo=UTC))


def _whole(lake: PublishedLake) -> Ask:
    """The operator's: the lake itself, in this process."""
    lake.connection.execute("use lake.marts")
    return lambda text, limit: answers(lake.connection, text, limit)


def _own(lake: PublishedLake) -> Ask:
    """A member's: nothing but his portion, of the marts that a question names."""
    registry = lake.house.registry

    def asked(text: str, limit: int | None) -> Iterator[Answer]:
        by_menu = {menu: scope_of(registry, menu) for menu in MENUS}
        scopes = {mart: by_menu[menu] for mart, menu in MENU_OF.items()}
        scopes |= dict.fromkeys(COMPANY_MARTS, owned_by(registry))
        yield from _of_portion(lake.house, lake.connection, scopes, text, limit)

    return asked


def _of_portion(
    house: House,
    connection: duckdb.DuckDBPyConnection,
    scopes: dict[str, Scope],
    text: str,
    limit: int | None,
) -> Iterator[Answer]:
    named = [mart for mart in scopes if mart in text.lower()]
    with portion(house.lake, connection, scopes, named) as file:
        yield from ask(file, text, _limits(house), limit)


def _rights(
    house: House, organization: str | None, company: str | None
) -> tuple[Holder, frozenset[str]]:
    """Return whose file it is and which menus of it are open. Raises RegistryError."""
    if organization is None:
        return Holder(company_of(house.registry, company, "open the company's file")), FILE_MENUS
    island, menus = open_menus(house.registry, organization, company, FILE_MENUS)
    return Holder(island.company_id, island.organization_id), menus


@contextmanager
def _linked(house: House, holder: Holder) -> Iterator[Path]:
    """Give a file a second name in a folder of its own: what was opened stays, whatever is served.

    A session's answers are all of one snapshot.
    """
    layout = house.settings.layout
    its_own = spilling.of_this_process(layout)
    with tempfile.TemporaryDirectory(prefix="session-", dir=its_own) as folder:
        file = Path(folder) / FILE
        try:
            os.link(file_of(layout, holder), file)
        except FileNotFoundError:
            raise ExtractError(*NOT_PUBLISHED) from None
        yield file


def whole_file(house: House, organization: str | None, company: str | None) -> tuple[Holder, Path]:
    """Return whose published file it is and where, for who may read all of it.

    Raises RegistryError for everybody else, and ExtractError before there is one.
    """
    holder, menus = _rights(house, organization, company)
    if closed := sorted(FILE_MENUS - menus):
        raise not_allowed(house.registry.caller, f"view {', '.join(closed)} there")
    file = file_of(house.settings.layout, holder)
    if not file.exists():
        raise ExtractError(*NOT_PUBLISHED)
    return holder, file


def _limits(house: House) -> Limits:
    return Limits(int(house.settings.question_memory), house.settings.question_seconds)
