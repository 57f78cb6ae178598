"""Which days changed hands between two states of the registry."""

from datetime import date

import pytest

from warehouse.reassignment import Assignments, Change, changes

A, KEY = "000000000001", ("aws", "000000000001")
SEP, OCT, NOV = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)


@pytest.mark.parametrize(
    ("before", "after", "days"),
    [
        ({}, {KEY: ((SEP, None, "a"),)}, [(SEP, date.max)]),
        ({KEY: ((SEP, None, "a"),)}, {}, [(SEP, date.max)]),
        ({KEY: ((SEP, None, "a"),)}, {KEY: ((SEP, OCT, "a"), (OCT, None, "b"))}, [(OCT, date.max)]),
        ({KEY: ((SEP, None, "a"),)}, {KEY: ((SEP, OCT, "a"), (NOV, None, "a"))}, [(OCT, NOV)]),
        ({KEY: ((OCT, None, "a"),)}, {KEY: ((SEP, None, "a"),)}, [(SEP, OCT)]),
        ({KEY: ((SEP, None, "a"),)}, {KEY: ((SEP, OCT, "a"), (OCT, None, "a"))}, []),
    ],
)
def test_only_days_with_another_holder_changed(
    before: Assignments, after: Assignments, days: list[tuple[date, date]]
) -> None:
    assert changes(before, after) == [Change("aws", A, start, end) for start, end in days]
