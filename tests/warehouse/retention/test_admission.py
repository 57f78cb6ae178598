"""Which days of an account are dropped: compared with counting day by day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from warehouse.retention.admission import Span, suppressed_days

START = date(2026, 1, 1)
NEVER = 40
SPANS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 20), st.one_of(st.none(), st.integers(1, 10))),
    max_size=5,
)


def span(account: str, start: int, length: int | None) -> Span:
    first = START + timedelta(days=start)
    return Span("aws", account, first, None if length is None else first + timedelta(days=length))


def days(spans: list[Span]) -> list[tuple[str, int]]:
    return [
        (each.account_id, number)
        for each in spans
        for number in range(NEVER)
        if each.start <= START + timedelta(days=number) < (each.end or date.max)
    ]


@given(suppressed=SPANS, held=SPANS)
def test_a_day_is_dropped_once_when_it_is_suppressed_and_nobody_holds_it(
    suppressed: list[tuple[str, int, int | None]], held: list[tuple[str, int, int | None]]
) -> None:
    gone, kept = ([span(*each) for each in side] for side in (suppressed, held))
    found = days(suppressed_days(gone, kept))
    assert len(found) == len(set(found))
    assert set(found) == set(days(gone)) - set(days(kept))
