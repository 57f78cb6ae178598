"""What deserves a look in the months just loaded. What must stop a refresh is a test of the models.

Old truth beats none, and a vendor's slip in a word must not hold back its costs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from quality import focus
from warehouse.lake import Lake
from warehouse.registry.deliveries import DeliveryRecord

SHOWN: Final = 5
"""How many findings a sentence names; the check in Dagster lists all."""
DEMANDS: Final = ("MUST", "MUST NOT")
"""What FOCUS demands. What it recommends is for the tests of a provider."""
SERVICES: Final = "services_are_known"
FOCUS: Final = "ledger_keeps_focus"
CLAIMS: Final = {
    SERVICES: "No service counts as `Other` only because seeds/services.csv does not know it.",
    FOCUS: "What was loaded keeps every demand of FOCUS 1.2, or breaks it for a reviewed reason.",
}
"""Check, as Dagster calls it -> what it claims."""
SENTENCES: Final = {
    SERVICES: "Services that no seed knows count as Other; add them to seeds/services.csv",
    FOCUS: "FOCUS 1.2 is broken without a reviewed reason; tell who writes the bill",
}
"""Check -> what a person reads before what was found."""


@dataclass(frozen=True)
class Remark:
    """One check of what was loaded, and what it found."""

    check: str
    found: Mapping[str, str]
    """What -> what to know of it. Empty: all is well."""

    def __str__(self) -> str:
        named = [f"{what} ({of_it})" for what, of_it in list(self.found.items())[:SHOWN]]
        more = len(self.found) - len(named)
        told = ", ".join(named) + (f" and {more} more" if more else "")
        return f"{SENTENCES[self.check]}: {told}."


def remarks(
    lake: Lake, snapshot_id: int | None, loaded: Sequence[DeliveryRecord]
) -> tuple[Remark, ...]:
    """Look at the deliveries just loaded, as readers see them; one remark per check."""
    finders = {SERVICES: _unknown_services, FOCUS: _broken_rules}
    if not loaded:
        return tuple(Remark(check, {}) for check in finders)
    with lake.connect(snapshot_id) as connection:
        return tuple(Remark(check, find(connection, loaded)) for check, find in finders.items())


def _unknown_services(
    connection: duckdb.DuckDBPyConnection, loaded: Sequence[DeliveryRecord]
) -> dict[str, str]:
    rows = connection.execute(
        "select service_name, string_agg(distinct provider_name, ', ')"
        f" from lake.intermediate.int_services_seen where {_periods(loaded)} and not is_known"
        " group by all order by all"
    ).fetchall()
    return dict(rows)


def _broken_rules(
    connection: duckdb.DuckDBPyConnection, loaded: Sequence[DeliveryRecord]
) -> dict[str, str]:
    """Return rule and source -> rows, most rows first, of each source that bills."""
    by_source: dict[str, list[DeliveryRecord]] = {}
    for item in loaded:
        if item.control_totals:
            by_source.setdefault(f"{item.provider} {item.dataset}", []).append(item)
    counted: dict[str, int] = {}
    for source, items in by_source.items():
        charges = f"(select * from lake.intermediate.int_charges where {_periods(items)})"
        found = focus.violations(connection, charges)
        demanded = [each for each in found if each.rule.keyword in DEMANDS]
        for rule_id, rows in focus.unwaived(demanded, source).items():
            counted[f"{rule_id} of {source}"] = rows
    worst = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return {rule: f"{rows:,} rows" for rule, rows in worst}


def _periods(loaded: Iterable[DeliveryRecord]) -> str:
    """Literals, and the period once more alone, so that the lake skips other months' files."""
    keys = {(item.connection_id, item.billing_period) for item in loaded}
    months = ", ".join(f"'{month}'" for month in sorted({month for _, month in keys}))
    pairs = ", ".join(f"('{connection_id}', '{month}')" for connection_id, month in sorted(keys))
    return f"billing_period in ({months}) and (connection_id, billing_period) in ({pairs})"
