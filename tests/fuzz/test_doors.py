"""Whatever stands in a file or a question: it is read, or refused in the house's own words."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.fuzz.doors import doors

JSON = ("aws cur1 manifest", "aws cur2 manifest", "azure manifest", "gcp manifest",
        "focus manifest", "drop jsonl")  # fmt: skip
"""Doors whose examples are JSON: any of their values may be any other."""
SQL = ("sql by grammar", "sql")
"""Doors that start a process for each question: few are asked."""
WORDS = st.text(max_size=12)
HOSTILE = (
    *("", ".", "..", "/", "\ud800", "\0", "2026-13-45T99:99:99Z", "٢٠٢٦", "9" * 5000),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *(10**400, -1, float("nan"), float("inf"), [[]], {"": None}),
)
VALUES = (
    st.sampled_from(HOSTILE)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.sampled_from(HOSTILE),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
        max_leaves=5,
    )
).map(deepcopy)
PIECES = (b'"', b"\r", b"\n", b"\0", b"\xff", b",", b"[" * 2000, b"\xed\xa0\x80")
few = hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@st.composite
def damaged(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """Return an example with some pieces cut out, doubled or replaced."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.integers(0, 16)))
        doubled = data[at:until] * 2
        piece = draw(st.binary(max_size=8) | st.sampled_from((*PIECES, doubled)))
        data = data[:at] + piece + data[until:]
    return data


@st.composite
def altered(draw: st.DrawFn, seed: bytes) -> bytes:
    """Return an example of JSON with some values replaced by any others."""
    content = json.loads(seed)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = content
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(VALUES)
            break
    return json.dumps(content).encode()


@pytest.mark.parametrize("name", doors())
def test_every_door_reads_its_own_examples(name: str, tmp_path_factory: Any) -> None:
    door = doors()[name]
    door.read(door.seeds[0], tmp_path_factory.mktemp("door"))


@pytest.mark.parametrize("name", sorted(doors().keys() - SQL))
@few
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(name: str, data: st.DataObject) -> None:
    door = doors()[name]
    door(data.draw(damaged(door.seeds)))


@pytest.mark.slow
@hypothesis_settings(few, max_examples=6)
@given(st.binary(min_size=5, max_size=120), st.data())
def test_whatever_a_member_asks_he_gets_no_more_than_his_rows(
    decisions: bytes, data: st.DataObject
) -> None:
    by_grammar, as_it_is = (doors()[name] for name in SQL)
    by_grammar(decisions)
    as_it_is(data.draw(damaged(as_it_is.seeds)))


@pytest.mark.parametrize("name", JSON)
@few
@given(data=st.data())
def test_json_of_any_values_is_read_or_refused(name: str, data: st.DataObject) -> None:
    door = doors()[name]
    door(data.draw(altered(door.seeds[0])))
