"""What the way to Azure may do to a delivery: nothing but delay it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.providers import pacing
from pipelines.providers.azure import signin
from pipelines.providers.azure.provider import AzureProvider
from pipelines.providers.contract import BillError
from tests.providers.azure.azurite import Azurite
from tests.providers.azure.exports import Container, put_run
from tests.providers.azure.lines import focus_line
from tests.providers.faulty import Faults, landed_rows, proxy

LINES = [focus_line(f"{number:012d}", "1.5") for number in range(2000)]


@pytest.fixture
def way(azurite: Azurite) -> Iterator[tuple[str, Faults]]:
    host, _, account = azurite.endpoint.rpartition("/")
    with proxy(host) as (endpoint, faults):
        faults.cut_suffix = ".csv"
        yield f"{endpoint}/{account}", faults


@pytest.mark.fault("F77")
@pytest.mark.fault("F83")
@pytest.mark.parametrize(
    ("fault", "value", "what"),
    [("cut", 10_000, "expected"), ("trickling", ".csv", r"longer than 0\.2 seconds")],
)
def test_f77_f83_a_way_that_always_cuts_or_trickles_ends_in_words(
    container: Container,
    azure: Callable[..., AzureProvider],
    way: tuple[str, Faults],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    fault: str,
    value: object,
    what: str,
) -> None:
    monkeypatch.setattr(signin, "RETRIES", 0)
    monkeypatch.setattr(pacing, "PATIENCE", 0.2)
    put_run(container, "daily", "focus", "2026-09", LINES, parts=1)
    endpoint, faults = way
    setattr(faults, fault, value)
    with pytest.raises(BillError, match=what) as refused:
        landed_rows(azure(container, "focus", endpoint_url=endpoint), tmp_path)
    assert refused.value.code == "UNREACHABLE"
    assert not (tmp_path / "house" / "landing" / "acme-azure").exists()


def test_a_large_file_is_fetched_in_parts(
    container: Container,
    azure: Callable[..., AzureProvider],
    way: tuple[str, Faults],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signin, "CHUNK", 4096)
    put_run(container, "daily", "focus", "2026-09", LINES, parts=1)
    endpoint, faults = way
    rows = landed_rows(azure(container, "focus", endpoint_url=endpoint), tmp_path)
    parts = [ranged for _, path, ranged in faults.requests if path.endswith(".csv")]
    assert (rows, len(parts)) == (len(LINES), 2)
