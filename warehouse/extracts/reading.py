"""Read an extract of the published lake: the one way for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.extracts.asked import Asked
from warehouse.extracts.extract import Extract
from warehouse.extracts.question import Question
from warehouse.extracts.report import (
    IN_CURRENCY,
    IN_REPORTING,
    Chart,
    Column,
    ExtractError,
    Kind,
    Report,
)
from warehouse.layout import Holder
from warehouse.scope import Island, Scope


@dataclass(frozen=True)
class Published:
    """What readers see: a snapshot, since when, and how fresh the bills in it are."""

    snapshot_id: int
    at: datetime
    bills_as_of: str = ""


@dataclass(frozen=True)
class Request:
    """Which extract, whose, and what of it."""

    extract: Extract
    holder: Holder
    question: Question
    period: str | None = None
    """YYYY-MM for the monthly ones."""


def read(lake: duckdb.DuckDBPyConnection, request: Request, published: Published) -> Report:
    """Read an extract at the snapshot the connection is attached to.

    Raises ExtractError when there is nothing to show. The report's rows are read from the
    connection while they are written.
    """
    extract, question = request.extract, request.question
    asked = _asked(lake, request)
    columns = asked.filled(question.columns)
    amounts = [column for column in columns if column.kind is Kind.AMOUNT]
    billed = [column for column in amounts if column.currency == IN_CURRENCY]
    currency = extract.titled(IN_CURRENCY)
    apart = extract.titled(extract.apart) if extract.apart else None
    totals = asked.totals(billed, currency, apart, "Total")
    if not totals:
        raise _nothing(lake, request)
    converted = [column for column in amounts if column.currency == IN_REPORTING]
    in_reporting = (
        asked.totals(converted, extract.titled(IN_REPORTING), None, "All in") if converted else ()
    )
    return Report(
        title=extract.title,
        columns=columns,
        rows=asked.rows(columns, question.order, extract.columns),
        totals=totals,
        reporting_total=in_reporting[0] if in_reporting else None,
        facts=_facts(lake, request, published),
        published_at=published.at,
        charts=tuple(_charts(asked, extract, columns)),
    )


def _asked(lake: duckdb.DuckDBPyConnection, request: Request) -> Asked:
    extract = request.extract
    relation = extract.cut(request.holder)
    conditions, values = ["true"], dict[str, object](relation.values)
    if extract.is_monthly:
        conditions.append(f"{extract.month.sql} = $period")
        values["period"] = str(request.period)
    for number, condition in enumerate(request.question.conditions):
        text, bound = condition.sql(f"where_{number}")
        conditions.append(text)
        values |= bound
    where = " and ".join(conditions)
    return Asked(lake, f"select * from {relation.sql} as told where {where}", values)


def _charts(asked: Asked, extract: Extract, columns: tuple[Column, ...]) -> list[Chart]:
    if extract.chart is None:
        return []
    label, amount = (extract.titled(title) for title in extract.chart)
    if amount not in columns:
        return []
    title = f"{amount.title} by {label.title.lower()}"
    return asked.charts(title, label, amount, extract.titled(IN_CURRENCY))


def _facts(
    lake: duckdb.DuckDBPyConnection, request: Request, published: Published
) -> Mapping[str, str]:
    extract, holder = request.extract, request.holder
    whose = {"Company id": holder.company_id}
    filters = [f"Company is {holder.company_id}"]
    if not extract.is_of_company:
        organization_id = holder.organization_id
        name = _organization_name(lake, holder)
        whose = {"Organization": name, "Organization id": organization_id, **whose}
        filters = [f"Organization is {organization_id}"]
    month = {"Month": str(request.period)} if extract.is_monthly else {}
    filters += [f"{name} is {value}" for name, value in month.items()]
    filters += [condition.words for condition in request.question.conditions]
    as_of = {"Bills as of": published.bills_as_of} if published.bills_as_of else {}
    return {
        **whose,
        **month,
        "Snapshot": str(published.snapshot_id),
        "Published": f"{published.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        **as_of,
        "Filters": ", ".join(filters),
        "Sorted by": ", then ".join(order.words for order in request.question.order),
    }


def _organization_name(lake: duckdb.DuckDBPyConnection, holder: Holder) -> str:
    island = Island(holder.company_id, holder.organization_id)
    names = Scope(frozenset({island})).relation("dim_organizations")
    [(name,)] = lake.execute(
        f"select max(organization_name) from {names.sql}", dict(names.values)
    ).fetchall()
    return str(name or holder.organization_id)


def _nothing(lake: duckdb.DuckDBPyConnection, request: Request) -> ExtractError:
    extract, holder = request.extract, request.holder
    whose = (
        f"The company {holder.company_id}"
        if extract.is_of_company
        else f"The organization {holder.organization_id}"
    )
    month = f" of {request.period}" if extract.is_monthly else ""
    what = f"{whose} has nothing in {extract.name}{month}."
    relation = extract.cut(holder)
    known = (
        [
            each
            for (each,) in lake.execute(
                f"select distinct {extract.month.sql} from {relation.sql} order by 1",
                dict(relation.values),
            ).fetchall()
        ]
        if extract.is_monthly
        else []
    )
    if request.question.conditions and (request.period in known or not extract.is_monthly):
        return ExtractError(
            f"{whose} has nothing that the filters let through in {extract.name}{month}.",
            "Leave one out to see what there is.",
        )
    if not extract.is_monthly:
        return ExtractError(what, "See `finhouse status` for the months that are loaded.")
    if not known:
        return ExtractError(
            what,
            "It has none in any published month: see `finhouse status`, and `finhouse account"
            " list` for the accounts it holds.",
        )
    return ExtractError(what, f"Months there are: {', '.join(known)}.")
