"""Certificates: whoever edits, drops, swaps or cuts one is found out."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from warehouse.registry.store import open_registry
from warehouse.retention.certificates import (
    Certificate,
    Head,
    Notary,
    append,
    faults,
    head_of,
    read_chain,
    read_heads,
    write_head,
)

Chain = list[Certificate]


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    registry = open_registry(f"sqlite:///{tmp_path / 'registry.sqlite'}")
    for number in range(4):
        with registry.write() as tx:
            append(tx, f"token {number}", "plan", {"deleted_rows": number})
    with registry.read() as tx:
        return read_chain(tx)


def edited(chain: Chain) -> Chain:
    return [replace(link, document="{}") if link.sequence == 2 else link for link in chain]


def dropped(chain: Chain) -> Chain:
    return [link for link in chain if link.sequence != 2]


def swapped(chain: Chain) -> Chain:
    return [chain[0], chain[2], chain[1], chain[3]]


def cut(chain: Chain) -> Chain:
    return chain[:-1]


def emptied(_chain: Chain) -> Chain:
    return []


@pytest.mark.parametrize("tampered", [edited, dropped, swapped, cut, emptied])
def test_a_chain_that_was_touched_is_told(chain: Chain, tampered: Callable[[Chain], Chain]) -> None:
    assert faults(chain, [head_of(chain)]) == []
    assert faults(tampered(chain), [head_of(chain)])


def test_a_tail_that_was_written_anew_differs_from_the_head_noted_elsewhere(
    chain: Chain, tmp_path: Path
) -> None:
    copies = [tmp_path / "here", tmp_path / "elsewhere"]
    write_head(Head(4, "0" * 64), copies[1])
    write_head(head_of(chain), copies[0])
    assert faults(chain, read_heads(copies[:1])) == []
    assert "another one" in faults(chain, read_heads(copies))[0]


def test_tokens_are_the_same_for_one_installation_and_another_for_the_next(tmp_path: Path) -> None:
    here, there = Notary(tmp_path / "here"), Notary(tmp_path / "there")
    assert here.token("org-a") == Notary(tmp_path / "here").token("org-a")
    assert len({here.token("org-a"), here.token("org-b"), there.token("org-a")}) == 3
