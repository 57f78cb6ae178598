"""Exchange rates of a company: once a month is converted at one, it is locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, insert, select, update

from warehouse.registry import deliveries, tables
from warehouse.registry.changing import Company, changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, RateLockedError
from warehouse.registry.history import OPERATOR, Author
from warehouse.registry.rate_files import GivenRate
from warehouse.registry.reporting import Given, Pair, find_quote, find_quotes, given_rates
from warehouse.registry.words import clean_currency, clean_month

TABLE = tables.exchange_rates
KEY = (TABLE.c.billing_period, TABLE.c.from_currency, TABLE.c.to_currency)


@dataclass(frozen=True)
class ExchangeRate:
    """One imported rate: so many units of the second currency for one of the first."""

    billing_period: str
    from_currency: str
    to_currency: str
    rate: Decimal
    source: str
    imported_at: datetime


@dataclass(frozen=True)
class UsedRate:
    """What a billed currency of a month is converted at; no rate when there is none."""

    billing_period: str
    billing_currency: str
    reporting_currency: str
    exchange_rate: Decimal | None
    basis: str


@dataclass(frozen=True)
class Changes:
    """What an import changes, or would change."""

    added: tuple[GivenRate, ...]
    replaced: tuple[tuple[GivenRate, Decimal], ...]
    """Each with the rate it takes the place of."""
    unchanged_count: int
    recomputed: tuple[tuple[str, str], ...]
    """Connection and month of the deliveries that the next refresh loads again."""


@dataclass(frozen=True)
class Rates:
    """Every import is one transaction with its history row."""

    database: Database

    def list(
        self,
        company: str | None = None,
        *,
        billing_period: str | None = None,
        currency: str | None = None,
    ) -> tuple[ExchangeRate, ...]:
        """Return what was imported, newest month first."""
        query = select(*KEY, TABLE.c.rate, TABLE.c.source, TABLE.c.imported_at)
        if billing_period is not None:
            query = query.where(TABLE.c.billing_period == clean_month(billing_period))
        if currency is not None:
            code = clean_currency(currency)
            query = query.where((TABLE.c.from_currency == code) | (TABLE.c.to_currency == code))
        with self.database.read() as tx:
            owner = find_company(tx, company)
            rows = tx.execute(
                query.where(TABLE.c.company_id == owner.company_id).order_by(
                    TABLE.c.billing_period.desc(), *KEY[1:]
                )
            ).mappings()
            return tuple(ExchangeRate(**dict(row) | {"rate": Decimal(row["rate"])}) for row in rows)

    def used(self, billing_period: str, company: str | None = None) -> tuple[UsedRate, ...]:
        """Return what each currency of a month's bills is converted at.

        Raises InvalidError when the company reports in no currency of its own.
        """
        month = clean_month(billing_period)
        with self.database.read() as tx:
            owner = find_company(tx, company)
            reporting = owner.reporting_currency
            if reporting is None:
                raise InvalidError(
                    f"The company {owner.name!r} has no reporting currency.",
                    "Set one: `finhouse company currency KRW`.",
                )
            given = given_rates(tx, owner.company_id)
            billed = deliveries.billed_currencies(tx, owner.company_id)
        return tuple(
            _used(given, Pair(month, currency, reporting))
            for period, currency in sorted(billed)
            if period == month
        )

    def add(
        self,
        rates: Sequence[GivenRate],
        *,
        company: str | None = None,
        replace: bool = False,
        dry_run: bool = False,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> Changes:
        """Import rates, all or none; the next refresh computes the months they change again.

        Raises RateLockedError when a month would be converted at another rate than before and
        `replace` does not say so. A dry run writes nothing and is refused for the same reasons.
        """
        with changing(self.database, company, actor, reason) as (author, owner):
            before = given_rates(author.transaction, owner.company_id)
            after = before | {each.pair: each.rate for each in rates}
            moved, converted = _conversions(before, after, owner)
            replaced = [each for each in rates if before.get(each.pair, each.rate) != each.rate]
            if (replaced or moved) and not replace:
                raise _locked(before, replaced, moved)
            added = [each for each in rates if each.pair not in before]
            stale = _stale(author.transaction, owner, converted)
            if not dry_run and (added or replaced):
                _write(author, added, replaced)
                _record(author, before, added, replaced)
                deliveries.load_again(
                    author.transaction, stale, "exchange rates changed", author.at
                )
            return Changes(
                tuple(added),
                tuple((each, before[each.pair]) for each in replaced),
                len(rates) - len(added) - len(replaced),
                tuple(sorted({(each.connection_id, each.billing_period) for each in stale})),
            )


def _used(given: Given, pair: Pair) -> UsedRate:
    quote = find_quote(given, pair)
    rate, basis = (quote.rate, quote.basis) if quote else (None, "missing")
    return UsedRate(*pair, rate, basis)


def _conversions(
    before: Given, after: Given, company: Company
) -> tuple[list[str], set[tuple[str, str]]]:
    """Return, in words, which conversions would move, and all months and currencies that change."""
    old = find_quotes(before, company.reporting_currency)
    new = find_quotes(after, company.reporting_currency)
    changed = [
        pair for pair, quote in new.items() if pair not in old or old[pair].rate != quote.rate
    ]
    moved = [
        f"{pair} was converted at {old[pair].rate:f} ({old[pair].basis}),"
        f" it would be {new[pair].rate:f} ({new[pair].basis})"
        for pair in changed
        if pair in old
    ]
    return moved, {(pair.billing_period, pair.from_currency) for pair in changed}


def _locked(before: Given, replaced: Sequence[GivenRate], moved: Sequence[str]) -> RateLockedError:
    changes = [
        f"{each.pair} is {before[each.pair]:f}, the file says {each.rate:f}" for each in replaced
    ]
    return RateLockedError(
        "\n  ".join(["Rates are locked, nothing was imported.", *changes, *moved]),
        "\nIf the books really change, import the file with --replace and say why with --reason.",
    )


def _stale(
    tx: Connection, company: Company, converted: set[tuple[str, str]]
) -> list[deliveries.DeliveryRecord]:
    return [
        each
        for each in deliveries.loadable(tx, company.company_id)
        if any((each.billing_period, currency) in converted for currency in each.control_totals)
    ]


def _write(author: Author, added: Sequence[GivenRate], replaced: Sequence[GivenRate]) -> None:
    for each in replaced:
        is_it = [column == word for column, word in zip(KEY, each.pair, strict=True)]
        change = update(TABLE).where(TABLE.c.company_id == author.company_id, *is_it)
        author.transaction.execute(change.values(**_values(author, each)))
    if added:
        author.transaction.execute(
            insert(TABLE),
            [
                {"company_id": author.company_id, **each.pair._asdict(), **_values(author, each)}
                for each in added
            ],
        )


def _values(author: Author, given: GivenRate) -> dict[str, object]:
    return {"rate": f"{given.rate:f}", "source": given.source, "imported_at": author.at}


def _record(
    author: Author, before: Given, added: Sequence[GivenRate], replaced: Sequence[GivenRate]
) -> None:
    """Tell what was replaced rate by rate; what was added stands in the table itself."""
    author.record(
        "exchange_rates_imported",
        before={str(each.pair): before[each.pair] for each in replaced} or None,
        after={
            "added": len(added),
            "months": sorted({each.pair.billing_period for each in (*added, *replaced)}),
            **{str(each.pair): each.rate for each in replaced},
        },
    )
