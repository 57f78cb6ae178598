"""Which rows are a person's, and which of them are of a term's days."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Final

import duckdb

from warehouse.retention.items import Item

PERSONAL: Final = frozenset({"email", "occurred_at"})
"""A table with these columns tells what people did, by the address they used."""
MOMENTS: Final = ("transaction_at", "occurred_at")


def conditions(item: Item, columns: Collection[str]) -> tuple[list[str], dict[str, object]] | None:
    """Return the item's member and days as SQL conditions, and what they bind.

    None when the table cannot tell whose a row is.
    """
    if item.member_id and "member_id" in columns:
        return ["member_id = $member"], {"member": item.member_id}
    found: list[str] = []
    values: dict[str, object] = {}
    if item.member_id:
        if not set(columns) >= PERSONAL:
            return None
        found.append("list_contains($emails, email)")
        values["emails"] = sorted({*item.emails, item.member_id})
    moment = next((name for name in MOMENTS if name in columns), None)
    for name, at, sign in (("since", item.since, ">="), ("until", item.until, "<")):
        if moment and at:
            found.append(f"{moment} {sign} ${name}")
            values[name] = naive(at)
    return found, values


def present(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Collection[str],
    items: Iterable[Item],
) -> list[Item]:
    """Return the items of whose subject there is a row: thousands may leave, of few in each."""
    if "company_id" not in columns:
        return []
    told = "email" if set(columns) >= PERSONAL else "null"
    person = "member_id" if "member_id" in columns else told
    asked = f"select distinct company_id, {person} from {relation}"
    there = set(connection.execute(asked).fetchall())
    companies = {company_id for company_id, _ in there}
    return [
        item
        for item in items
        if (item.company_id in companies and not item.member_id)
        or any((item.company_id, each) in there for each in (*item.emails, item.member_id))
    ]


def naive(at: datetime | None) -> datetime | None:
    """Return an instant as tables keep it: UTC without a zone."""
    return at and at.astimezone(UTC).replace(tzinfo=None)
