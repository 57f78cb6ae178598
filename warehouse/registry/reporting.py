"""What a billed currency is worth in a reporting currency, month by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from warehouse.registry import tables

PIVOT: Final = "EUR"
"""The European Central Bank quotes every currency against it."""
DECIMALS: Final = 12
DIGITS: Final = 50


class Pair(NamedTuple):
    """A month's price of one unit of a currency in another."""

    billing_period: str
    from_currency: str
    to_currency: str

    def __str__(self) -> str:
        return f"{self.from_currency} to {self.to_currency} in {self.billing_period}"


@dataclass(frozen=True)
class Quote:
    """The rate that costs are converted at, and how it was found."""

    rate: Decimal
    basis: str


Given = Mapping[Pair, Decimal]


def find_quote(given: Given, pair: Pair) -> Quote | None:
    """Return the rate of a pair, derived when it is not given; None when it cannot be.

    Given before inverse before the cross through EUR, each derived one rounded once, to 12
    decimals: cost x rate as it is shown is the reporting cost. Only equal currencies are 1:1.
    """
    month, source, target = pair
    if source == target:
        return Quote(Decimal(1), "same currency")
    if pair in given:
        return Quote(given[pair], "given")
    if either := _either_way(given, pair):
        return Quote(rounded(either), "inverse")
    first = _either_way(given, Pair(month, source, PIVOT))
    second = _either_way(given, Pair(month, PIVOT, target))
    if first and second:
        with localcontext(prec=DIGITS):
            crossed = rounded(first * second)
        return Quote(crossed, f"through {PIVOT}") if crossed else None
    return None


def find_quotes(given: Given, reporting_currency: str | None) -> dict[Pair, Quote]:
    """Return every rate to the reporting currency that the given ones lead to."""
    if reporting_currency is None:
        return {}
    pairs = {
        Pair(month, currency, reporting_currency)
        for month, *currencies in given
        for currency in currencies
        if currency != reporting_currency
    }
    found = {pair: find_quote(given, pair) for pair in sorted(pairs)}
    return {pair: quote for pair, quote in found.items() if quote}


def given_rates(tx: Connection, company_id: str) -> dict[Pair, Decimal]:
    """Return the rates a company has imported."""
    table = tables.exchange_rates
    query = select(table.c.billing_period, table.c.from_currency, table.c.to_currency, table.c.rate)
    rows = tx.execute(query.where(table.c.company_id == company_id))
    return {Pair(*pair): Decimal(rate) for *pair, rate in rows}


def rounded(rate: Decimal) -> Decimal:
    """Round a rate to the decimals the models count with."""
    with localcontext(prec=DIGITS):
        return rate.quantize(Decimal(1).scaleb(-DECIMALS), ROUND_HALF_UP).normalize()


def _either_way(given: Given, pair: Pair) -> Decimal | None:
    month, source, target = pair
    if pair in given:
        return given[pair]
    opposite = given.get(Pair(month, target, source))
    with localcontext(prec=DIGITS):
        return opposite and 1 / opposite
