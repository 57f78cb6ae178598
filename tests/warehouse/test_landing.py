"""A delivery appears by one rename, and a killed one leaves nothing."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warehouse import landing
from warehouse.layout import Layout
from warehouse.registry import Source, deliveries, open_registry
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.unpacking import FileFacts


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "집")


def arrive(layout: Layout, text: str = "a", delivery_id: str = "1") -> tuple[Path, bool]:
    target = layout.delivery("acme", "2026-09", delivery_id)
    with landing.arriving(layout) as folder:
        (folder / landing.DATA / "a.csv").write_text(text, encoding="utf-8")
        return target, landing.seal(folder, target)


def test_a_sealed_delivery_lies_in_its_place_and_nothing_else_does(layout: Layout) -> None:
    target, sealed = arrive(layout)
    assert sealed
    assert (target / landing.DATA / "a.csv").read_text(encoding="utf-8") == "a"
    assert not list(layout.arriving.iterdir())


@pytest.mark.fault("F06", "Before the power cut or after it, and nothing between")
def test_every_byte_is_told_to_the_disk_before_its_name_and_the_name_before_the_word(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Path] = []
    flush, rename = os.fsync, os.replace

    def flushed(handle: int) -> None:
        told.append(Path(f"/proc/self/fd/{handle}").readlink())
        flush(handle)

    def renamed(source: Path, target: Path) -> None:
        assert {source, *source.rglob("*")} <= set(told)
        told.clear()
        rename(source, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "replace", renamed)
    target, _ = arrive(layout)
    assert told == [target.parent]


def test_sealing_twice_keeps_the_first(layout: Layout) -> None:
    target, _ = arrive(layout, "first")
    _, sealed_again = arrive(layout, "second")
    assert not sealed_again
    assert (target / landing.DATA / "a.csv").read_text(encoding="utf-8") == "first"
    assert not list(layout.arriving.iterdir())


def test_an_error_while_landing_leaves_nothing(layout: Layout) -> None:
    def broken() -> None:
        with landing.arriving(layout) as folder:
            (folder / landing.DATA / "a.csv").write_text("a", encoding="utf-8")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        broken()
    assert not list(layout.arriving.iterdir())


ARRIVE_AND_WAIT = """
import sys
from pathlib import Path
from warehouse import landing
from warehouse.layout import Layout
from warehouse.registry import Source, deliveries, open_registry
from warehouse.registry.deliveries import DeliveryRecord
with landing.arriving(Layout(Path(sys.argv[1]))) as folder:
    (folder / landing.DATA / "a.csv").write_text("a")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_a_living_owner_is_left_alone_and_a_killed_one_is_swept(layout: Layout) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ARRIVE_AND_WAIT, str(layout.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        assert landing.sweep(layout) == 0
        assert (folder / landing.DATA / "a.csv").exists()
        owner.kill()
        owner.wait()
    assert folder.exists()
    assert landing.sweep(layout) == 1
    assert not folder.exists()


def test_a_deleted_delivery_is_gone_with_its_empty_folders(layout: Layout) -> None:
    first, _ = arrive(layout, delivery_id="1")
    second, _ = arrive(layout, delivery_id="2")
    landing.delete(layout, first)
    landing.delete(layout, first)
    assert [path.name for path in second.parent.iterdir()] == ["2"]
    landing.delete(layout, second)
    assert [path.name for path in layout.landing.iterdir()] == ["_arriving"]


def test_what_was_sealed_and_never_recorded_is_found_once_it_is_old(layout: Layout) -> None:
    """A kill between the seal and the record; a living collector records within the hour."""
    registry = open_registry(f"sqlite:///{layout.registry}")
    registry.companies.add("한빛")
    source = Source("focus", "/feeds", "feed", "focus")
    connection_id, now = registry.connections.add("feed", source).connection_id, datetime.now(UTC)
    deliveries.record(
        registry,
        DeliveryRecord(
            connection_id, "2026-09", "d", "focus", "csv", now, 1, 1, "0" * 64, 0, {}, {},
            has_net_costs=False, warnings=(), state="landed", message="", landed_at=now,
        ),
    )  # fmt: skip
    layout.delivery(connection_id, "2026-09", "d").mkdir(parents=True)
    target, _ = arrive(layout)
    later = now + deliveries.UNRECORDED
    assert deliveries.unrecorded(registry, layout, now - timedelta(seconds=1)) == []
    assert deliveries.unrecorded(registry, layout, later) == [target]


def test_nothing_outside_landing_is_deleted(layout: Layout, tmp_path: Path) -> None:
    arrive(layout)
    kept = tmp_path / "kept"
    kept.mkdir()
    with pytest.raises(ValueError, match="nothing deleted"):
        landing.delete(layout, layout.landing / ".." / ".." / "kept")
    assert kept.exists()


def test_the_hash_of_a_delivery_does_not_depend_on_the_order_of_its_files() -> None:
    files = [FileFacts("a", 1, "aa"), FileFacts("b", 2, "bb")]
    assert landing.combined_sha256(files) == landing.combined_sha256(files[::-1])
    assert landing.combined_sha256(files) != landing.combined_sha256(files[:1])
