"""What a reader asks of an extract: which rows, in which order and columns. Parsed, never pasted.

Columns are found among the extract's own and values are bound, so no text of a reader reaches SQL.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from warehouse.extracts.extract import Extract
from warehouse.extracts.report import Column, ExtractError, Kind

Operand = str | Decimal | date | None

MOST_CONDITIONS: Final = 100
LONGEST_CONDITION: Final = 10_000
CONDITION: Final = re.compile(r"([^!<>=~]*)(!=|<=|>=|=|<|>|~)(.*)", re.DOTALL)
NUMBER: Final = re.compile(r"([+-]?[0-9]{1,26}(?:\.[0-9]{1,12})?)(%?)")
MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
WORDS: Final = {"=": "is", "!=": "is not", "~": "contains"}
ALL_KINDS: Final = ("=", "!=")
TEXTS: Final = (*ALL_KINDS, "~")
ORDERED: Final = (*ALL_KINDS, "<", "<=", ">", ">=")
NUMBER_FORM: Final = "Write digits and a point, like -12.50; a share also like 80%."
NUMBERS: Final = (Kind.AMOUNT, Kind.RATE, Kind.RATIO, Kind.COUNT)
FORMS: Final = {
    **dict.fromkeys(NUMBERS, NUMBER_FORM),
    Kind.DATE: "Write YYYY-MM-DD, like 2026-09-30.",
    Kind.TIME: "Write YYYY-MM-DD or YYYY-MM-DDTHH:MM, in UTC.",
    Kind.MONTH: "Write YYYY-MM, like 2026-09.",
}


@dataclass(frozen=True)
class Condition:
    """A column compared with values: with any of them where there are several."""

    column: Column
    operator: str
    values: tuple[Operand, ...]

    @property
    def words(self) -> str:
        """The condition as the cover tells it."""
        values = " or ".join("empty" if value is None else str(value) for value in self.values)
        return f"{self.column.title} {WORDS.get(self.operator, self.operator)} {values}"

    def sql(self, prefix: str) -> tuple[str, dict[str, Operand]]:
        """Return the condition and what it binds, under names that start with the prefix."""
        bound = {f"{prefix}_{number}": value for number, value in enumerate(self.values)}
        any_of = " or ".join(self._compared(name, value) for name, value in bound.items())
        # Unknown is not equal to anything, so `is not` keeps it.
        text = f"not coalesce({any_of}, false)" if self.operator == "!=" else f"({any_of})"
        return text, {name: value for name, value in bound.items() if value is not None}

    def _compared(self, name: str, value: Operand) -> str:
        column = self.column.sql
        if value is None:
            return f"{column} is null"
        if self.column.kind is Kind.TEXT:
            # A name from a bill may be written in parts, as macOS writes Korean.
            column = f"nfc_normalize({column})"
        if self.operator == "~":
            return f"contains(lower({column}), lower(${name}))"
        return f"{column} {'=' if self.operator == '!=' else self.operator} ${name}"


@dataclass(frozen=True)
class Order:
    """A column to sort by. What is unknown comes last either way."""

    column: Column
    is_falling: bool

    @property
    def words(self) -> str:
        """The order as the cover tells it."""
        return f"{self.column.title}{' from high to low' if self.is_falling else ''}"

    @property
    def sql(self) -> str:
        """The order as a database takes it."""
        return f"{self.column.sql} {'desc' if self.is_falling else 'asc'} nulls last"


@dataclass(frozen=True)
class Question:
    """What is asked of one extract."""

    columns: tuple[Column, ...]
    conditions: tuple[Condition, ...]
    order: tuple[Order, ...]


def ask(
    extract: Extract,
    where: Sequence[str] = (),
    sort: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> Question:
    """Read a reader's words. Raises ExtractError that says what they may be."""
    if len(where) > MOST_CONDITIONS:
        raise ExtractError(
            f"{len(where)} conditions are too many.",
            f"Give at most {MOST_CONDITIONS}; values of one column may be listed: service=A,B.",
        )
    return Question(
        _columns(extract, _listed(columns)) if columns else extract.columns,
        tuple(_condition(extract, text) for text in where),
        tuple(_order(extract, _listed(sort) or _listed([extract.sort]))),
    )


def _listed(texts: Sequence[str]) -> list[str]:
    return [word.strip() for text in texts for word in text.split(",") if word.strip()]


def _columns(extract: Extract, names: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns asked for, and those without which they would mean nothing."""
    asked = [extract.column(name) for name in names]
    amounts = [column for column in asked if column.kind is Kind.AMOUNT]
    needed = [column.currency for column in amounts] + ([extract.apart] if extract.apart else [])
    return tuple(dict.fromkeys([*asked, *(extract.titled(title) for title in needed)]))


def _order(extract: Extract, words: Sequence[str]) -> Iterator[Order]:
    for word in words:
        yield Order(extract.column(word.removeprefix("-")), word.startswith("-"))


def _condition(extract: Extract, text: str) -> Condition:
    found = CONDITION.fullmatch(text) if _is_fit(text) else None
    if found is None:
        raise ExtractError(
            f"{text[:80]!r} is no condition.",
            'Write service=AmazonEC2, region!=a,b, effective>=100 or name~web; quote as "a,b".',
        )
    name, operator, rest = found.groups()
    column = extract.column(name)
    allowed = TEXTS if column.kind is Kind.TEXT else ORDERED
    words = _values(rest)
    if operator not in allowed or (operator not in TEXTS and len(words) > 1):
        raise ExtractError(
            f"{column.title} cannot be compared by {text[:80]!r}.",
            f"It takes {', '.join(allowed)}; a list of values takes {', '.join(TEXTS)}.",
        )
    values = tuple(_value(column, operator, word) for word in words)
    return Condition(column, operator, values)


def _is_fit(text: str) -> bool:
    """Tell whether it is text that a database takes: half a character from a shell is none."""
    return len(text) <= LONGEST_CONDITION and not re.search(r"[\0\ud800-\udfff]", text)


def _values(text: str) -> list[str]:
    try:
        rows = list(csv.reader([text], strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise ExtractError(
            f"The values {text[:80]!r} cannot be read: {error}.",
            'Separate them by commas, and quote one that has a comma or a quote: "a ""b"", c".',
        ) from error
    return [word.strip() for word in rows[0]] if rows and rows[0] else [""]


def _value(column: Column, operator: str, word: str) -> Operand:
    if not word and operator in ALL_KINDS:
        return None
    try:
        if column.kind in NUMBERS:
            return _number(word, column.kind)
        if column.kind is Kind.DATE:
            return date.fromisoformat(word)
        if column.kind is Kind.TIME:
            return _instant(word)
        if column.kind is Kind.MONTH and not MONTH.fullmatch(word):
            raise ValueError(word)  # noqa: TRY301 - told below, as every other
    except (ValueError, OverflowError) as error:
        raise ExtractError(
            f"{word[:80]!r} is no value of {column.title}.", FORMS[column.kind]
        ) from error
    return unicodedata.normalize("NFC", word)


def _number(word: str, kind: Kind) -> Decimal:
    found = NUMBER.fullmatch(word)
    if found is None or (found[2] and kind is not Kind.RATIO):
        raise ValueError(word)
    return Decimal(found[1]) / (100 if found[2] else 1)


def _instant(word: str) -> datetime:
    """Read a UTC instant; the lake's have no zone."""
    found = datetime.fromisoformat(word)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
