"""Does a ledger keep FOCUS 1.2? Rules as reviewed data, and the reasons where one is waived.

`focus_rules.csv`: a rule's id in the FOCUS 1.2 rule model (or ours: Allowed-, Money-, Time-), its
column, and the condition of rows that break it. `focus_waivers.csv`: rules that a source may
break, and why. The rule model is the FOCUS project's, CC BY 4.0.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import duckdb

HERE: Final = Path(__file__).parent
TABLES: Final = ("focus_subcategories", "focus_currencies")
"""Lists of allowed values that rules refer to, each a CSV of its name."""
PRESENCE: Final = "presence"
TYPE: Final = "type"
WINDOW: Final = " over ("
"""What the condition of a rule holds that compares rows with each other."""


@dataclass(frozen=True)
class Rule:
    """One machine-checkable demand of FOCUS."""

    rule_id: str
    column: str
    keyword: str
    """MUST, MUST NOT, SHOULD, SHOULD NOT or RECOMMENDED."""
    kind: str
    """presence, type, format, nullability, validation, allowed, money or time."""
    violation: str
    """SQL condition of the rows that break it; empty for presence."""


@dataclass(frozen=True)
class Violation:
    """A rule that rows of a ledger break."""

    rule: Rule
    row_count: int


def rules() -> tuple[Rule, ...]:
    """Return every rule."""
    return tuple(Rule(**row) for row in _read("focus_rules"))


def waivers(source: str) -> Mapping[str, str]:
    """Return rule id -> reason, of the rules that rows of a source may break.

    A source is what wrote the bill: `aws cur1`, `aws focus`, `focus`. Waivers name it by pattern.
    """
    return {
        row["rule_id"]: row["reason"]
        for row in _read("focus_waivers")
        if fnmatchcase(source, row["source"])
    }


def _read(name: str) -> Iterable[dict[str, str]]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def violations(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[Violation, ...]:
    """Return what a relation of ledger columns breaks.

    A column that is missing or of a wrong type breaks that alone: its other rules cannot be asked.
    """
    for table in TABLES:
        path = str(HERE / f"{table}.csv").replace("'", "''")
        connection.execute(
            f"create or replace temp table {table} as from read_csv('{path}', all_varchar = true)"
        )
    present = {row[0] for row in connection.execute(f"describe from {relation}").fetchall()}
    every = [rule for rule in rules() if rule.column in present or rule.kind == PRESENCE]
    missing = [Violation(rule, 1) for rule in every if rule.column not in present]
    typed = [rule for rule in every if rule.kind == TYPE]
    mistyped = _counted(connection, f"(from {relation} limit 1)", typed)
    wrong = {each.rule.column for each in mistyped}
    asked = [rule for rule in every if rule.violation and rule.kind != TYPE]
    fit = [rule for rule in asked if not any(column in rule.violation for column in wrong)]
    # A window would carry the columns of all rules along: apart, both are several times faster.
    wide = [rule for rule in fit if WINDOW in rule.violation]
    single = [rule for rule in fit if WINDOW not in rule.violation]
    counted = (_counted(connection, relation, each) for each in (single, wide))
    return (*missing, *mistyped, *(violation for found in counted for violation in found))


def _counted(
    connection: duckdb.DuckDBPyConnection, relation: str, asked: Sequence[Rule]
) -> list[Violation]:
    broken = ", ".join(f"({rule.violation}) as r{at}" for at, rule in enumerate(asked))
    counts = ", ".join(f"count_if(r{at})" for at in range(len(asked)))
    if not asked:
        return []
    found = connection.execute(f"select {counts} from (select {broken} from {relation})").fetchone()
    counted = zip(asked, found or (), strict=True)
    return [Violation(rule, count) for rule, count in counted if count]


def unwaived(found: Iterable[Violation], source: str) -> dict[str, int]:
    """Return rule id -> rows, of the violations that nothing excuses."""
    excused = waivers(source)
    return {each.rule.rule_id: each.row_count for each in found if each.rule.rule_id not in excused}
