"""A report as every file format gets it: typed columns, rows, totals, and where it comes from."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Final

from warehouse.extracts.money import fits_number

Value = str | Decimal | float | date | None

IN_CURRENCY: Final = "Currency"
IN_REPORTING: Final = "Reporting currency"
"""Titles of the columns that say in which currency an amount is."""


class ExtractError(Exception):
    """An extract that cannot be made. `advice` says what to do next."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what} {advice}")
        self.what, self.advice = what, advice


class Kind(Enum):
    """What a column holds, and so how a file types it."""

    TEXT = "text"
    MONTH = "month"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    RATE = "rate"
    RATIO = "ratio"
    COUNT = "count"


@dataclass(frozen=True)
class Column:
    """A column in finance's words and the SQL it shows. Its width is in characters."""

    title: str
    kind: Kind
    sql: str
    width: int
    currency: str = IN_CURRENCY
    """Title of the column that says in which currency an amount is."""
    is_optional: bool = False
    """Left out of a file when no row has a value."""
    alarms: tuple[str, ...] = ()
    """Texts in it that ask for attention: a workbook shows them in another colour."""


@dataclass(frozen=True)
class Total:
    """Sums of one currency, added up as DECIMAL by the database."""

    name: str
    currency: str
    row_count: int
    amounts: Mapping[str, Decimal | None]
    """Column title -> sum; None where no row has an amount."""
    largest: Decimal
    """Largest single amount, without its sign."""

    @property
    def fits_numbers(self) -> bool:
        """Tell whether a spreadsheet can hold each amount and sum as a number, to the cent."""
        sums = [amount for amount in self.amounts.values() if amount is not None]
        return all(fits_number(amount, self.currency) for amount in (self.largest, *sums))


@dataclass(frozen=True)
class Chart:
    """The largest amounts of one total, and the rest of it: they add up to it."""

    title: str
    label: str
    amount: Column
    currency: str
    points: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Report:
    """One extract, ready to be written once: `rows` are streamed."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Value, ...]]
    totals: tuple[Total, ...]
    facts: Mapping[str, str]
    """What the cover sheet says: organization, month, snapshot, filters, sort, ..."""
    published_at: datetime
    reporting_total: Total | None = None
    """Sums over all billing currencies, in the one currency that the company reports in."""
    charts: tuple[Chart, ...] = ()

    @property
    def sums(self) -> tuple[Total, ...]:
        """Return every total, the reporting one last; none where no column holds an amount."""
        every = (*self.totals, *([self.reporting_total] if self.reporting_total else []))
        return tuple(total for total in every if total.amounts)

    @property
    def row_count(self) -> int:
        """Rows of all currencies."""
        return sum(total.row_count for total in self.totals)

    def position(self, title: str) -> int:
        """Return where in a row the column of this title is."""
        return [column.title for column in self.columns].index(title)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a place to write to and put the finished file at `path`, whole or not at all.

    The place is a folder beside it: writers leave their scratch files there, and it goes.
    Raises ExtractError when the folder cannot be written to.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            arriving = Path(folder) / path.name
            yield arriving
            os.replace(arriving, path)  # noqa: PTH105 - the same, and atomic is in its contract
    except OSError as error:
        raise ExtractError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Choose a folder that is there and yours, and close the file if it is open.",
        ) from error
