"""Files of exchange rates: the house's own table, and the reference rates of the ECB."""

import csv
import io
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Final, TypeVar

from warehouse.registry.errors import InvalidError
from warehouse.registry.reporting import DECIMALS, DIGITS, PIVOT, Pair, rounded
from warehouse.registry.words import clean_currency, clean_month, clean_text

HEADER: Final = ["month", "from", "to", "rate"]
NUMBER: Final = re.compile(rf"[0-9]{{1,9}}(\.[0-9]{{1,{DECIMALS}}})?")
MISSING: Final = ("", "N/A")

Line = tuple[int, list[str]]
Item = TypeVar("Item")


@dataclass(frozen=True)
class GivenRate:
    """One rate of a file: so many units of the second currency for one of the first."""

    pair: Pair
    rate: Decimal
    source: str


@dataclass(frozen=True)
class Day:
    """The ECB's rates of one day: so many units of a currency for one euro."""

    day: date
    rates: Mapping[str, Decimal]


def read_rates(path: Path, periods: Collection[str] = ()) -> tuple[GivenRate, ...]:
    """Read a file of rates, only of the given months if any are given.

    Either `month,from,to,rate`, or the ECB's `Date,USD,JPY,...` with a row per day. Raises
    InvalidError that names every wrong line: a half-read table would convert at half the truth.
    """
    (_, header), *lines = _lines(path) or [(1, [])]
    wanted = {clean_month(period) for period in periods}
    if [cell.casefold() for cell in header] == HEADER:
        found = _plain(path, lines)
    elif header[:1] and header[0].casefold() == "date" and len(header) > 1:
        found = _averages(path, header[1:], lines)
    else:
        raise InvalidError(
            f"{path.name} is no table of exchange rates: it begins with {','.join(header)[:80]!r}.",
            f"Its first line must be `{','.join(HEADER)}`, or the ECB's `Date,USD,JPY,...`.",
        )
    kept = tuple(each for each in found if not wanted or each.pair.billing_period in wanted)
    if not kept:
        when = f" of {', '.join(sorted(wanted))}" if wanted else ""
        raise InvalidError(f"{path.name} holds no rates{when}.", "Nothing was imported.")
    return kept


def _lines(path: Path) -> list[Line]:
    """Return the lines that hold something, each with its number in the file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except OSError as error:
        raise InvalidError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and who may read it."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidError(
            f"{path.name} is no CSV in UTF-8: {error}.", "Save it as `CSV UTF-8`, with commas."
        ) from error
    return [(number, cells) for number, cells in lines if any(cells)]


def _plain(path: Path, lines: Iterable[Line]) -> list[GivenRate]:
    source = clean_text(path.name, "file name", 300)

    def parse(cells: Sequence[str]) -> GivenRate:
        if len(cells) != len(HEADER):
            raise InvalidError(f"{len(cells)} values instead of {len(HEADER)}.")
        month, source_currency, target_currency, rate = cells
        pair = Pair(
            clean_month(month), clean_currency(source_currency), clean_currency(target_currency)
        )
        if pair.from_currency == pair.to_currency:
            raise InvalidError(f"{pair.from_currency} to itself needs no rate.")
        return GivenRate(pair, clean_rate(rate), source)

    return _parsed(path, lines, parse, lambda each: each.pair)


def _averages(path: Path, titles: Sequence[str], lines: Iterable[Line]) -> list[GivenRate]:
    """Average each currency over the month's days that have a rate, as the ECB itself does."""
    # The full history ends every line, the header too, with a comma.
    width = max((number for number, title in enumerate(titles, 1) if title), default=0)
    currencies = [clean_currency(title) for title in titles[:width]]
    if len(set(currencies)) < len(currencies) or PIVOT in currencies:
        raise InvalidError(
            f"{path.name} names a currency twice, or {PIVOT} against itself.", "Take ECB's file."
        )

    def parse(cells: Sequence[str]) -> Day:
        quoted = cells[1 : width + 1]
        if len(quoted) < width or any(cells[width + 1 :]):
            raise InvalidError(f"{len(cells)} values instead of {width + 1}.")
        rates = zip(currencies, quoted, strict=True)
        return Day(
            _day(cells[0]),
            {currency: clean_rate(text) for currency, text in rates if text not in MISSING},
        )

    days: dict[Pair, list[Decimal]] = {}
    for each in _parsed(path, lines, parse, lambda day: day.day):
        for currency, rate in each.rates.items():
            days.setdefault(Pair(f"{each.day:%Y-%m}", PIVOT, currency), []).append(rate)
    name = clean_text(path.name, "file name", 300)
    return [
        GivenRate(pair, average(rates), f"{name}: average of {len(rates)} days")
        for pair, rates in days.items()
    ]


def _parsed(
    path: Path,
    lines: Iterable[Line],
    parse: Callable[[Sequence[str]], Item],
    key: Callable[[Item], Hashable],
) -> list[Item]:
    """Parse every line; name all that are wrong or say again what another one said."""
    kept: list[Item] = []
    problems: list[str] = []
    seen: dict[Hashable, int] = {}
    for number, cells in lines:
        try:
            item = parse(cells)
        except InvalidError as error:
            problems.append(f"line {number}: {error.what}")
            continue
        first = seen.setdefault(key(item), number)
        if first == number:
            kept.append(item)
        else:
            problems.append(f"line {number}: it repeats line {first}.")
    if problems:
        raise InvalidError(
            "\n  ".join([f"{path.name}: nothing was imported.", *problems]),
            "\nCorrect what is named, and import the whole file again.",
        )
    return kept


def clean_rate(text: str) -> Decimal:
    """Return a rate that is a plain positive number, exactly as it is written."""
    if not NUMBER.fullmatch(text) or not Decimal(text):
        raise InvalidError(
            f"{text!r} is not a rate: a number above 0 like 1350.25, below a billion, with at most"
            f" {DECIMALS} decimals."
        )
    return Decimal(text)


def average(rates: Sequence[Decimal]) -> Decimal:
    """Return the mean of rates, rounded to the decimals the models count with."""
    with localcontext(prec=DIGITS):
        return rounded(sum(rates, Decimal()) / len(rates))


def _day(text: str) -> date:
    """Read a day: the history writes 2026-09-01, the file of the day 01 September 2026."""
    for shape in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise InvalidError(f"{text!r} is not a day like 2026-09-01.")
