"""An extract as data: which relation it shows, to whom, in which columns and order."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from warehouse.extracts.report import Column, ExtractError, Kind
from warehouse.layout import Holder
from warehouse.scope import COMPANY_MARTS, MENU_OF, REPORT_MENUS, Island, Relation, Scope

ENDINGS: Final = ("_cost", "_name")
"""What a mart's column says beyond the word of the extract's."""
LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Extract:
    """One extract. A new one is a value of this, and a relation that the scope cuts."""

    name: str
    title: str
    description: str
    relation: str
    columns: tuple[Column, ...]
    sort: str
    """The order unless the reader asks for another, as he would write it."""
    chart: tuple[str, str] | None = None
    """Titles of the words and of the amount that a chart shows."""
    apart: str | None = None
    """Title of a column whose values each hold all costs: they have totals of their own."""
    is_monthly: bool = True

    @property
    def is_of_company(self) -> bool:
        """True for what is a company's and no organization's: for its owners."""
        return self.relation in COMPANY_MARTS

    @property
    def menu(self) -> str:
        """The menu of an organization that opens it; a company's own is under billing."""
        return "billing" if self.is_of_company else {**MENU_OF, **REPORT_MENUS}[self.relation]

    @property
    def month(self) -> Column:
        """The column that a period is compared with."""
        return next(column for column in self.columns if column.kind is Kind.MONTH)

    def cut(self, holder: Holder) -> Relation:
        """Return the relation as far as it is the holder's."""
        if self.is_of_company:
            return Scope(companies=frozenset({holder.company_id})).relation(self.relation)
        island = Island(holder.company_id, holder.organization_id)
        return Scope(frozenset({island})).relation(self.relation)

    def titled(self, title: str) -> Column:
        """Return the column of exactly this title."""
        return next(column for column in self.columns if column.title == title)

    def column(self, name: str) -> Column:
        """Find a column by its title or its name in the relation, whatever the case.

        The marts' endings may stand: `effective_cost` is `Effective`. Raises ExtractError that
        lists the columns, the close ones first.
        """
        word = spelled(name[:LONGEST_NAME])
        for each in (word, *(word.removesuffix(ending) for ending in ENDINGS)):
            if each in self._by_name:
                return self._by_name[each]
        close = get_close_matches(word, self._by_name, n=1)
        hint = f"Did you mean {spelled(self._by_name[close[0]].title)}? " if close else ""
        raise ExtractError(
            f"{self.name} has no column {name[:LONGEST_NAME]!r}.",
            f"{hint}Columns: {', '.join(spelled(column.title) for column in self.columns)}.",
        )

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        by_sql = {column.sql: column for column in self.columns}
        return by_sql | {spelled(column.title): column for column in self.columns}


def spelled(name: str) -> str:
    """Return a column's name as people write it on a command line: `last_day` for `Last day`."""
    plain = unicodedata.normalize("NFC", name).strip().casefold()
    return re.sub(r"[\s-]+", "_", plain)


def find(extracts: Sequence[Extract], name: str) -> Extract:
    """Return the extract of this name. Raises ExtractError that lists those there are."""
    by_name = {extract.name: extract for extract in extracts}
    if name in by_name:
        return by_name[name]
    close = get_close_matches(name, by_name, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise ExtractError(
        f"There is no extract {name[:LONGEST_NAME]!r}.", f"{hint}Extracts: {', '.join(by_name)}."
    )
