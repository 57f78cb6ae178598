"""Every claim about the registry is made twice: on SQLite and on a real PostgreSQL."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.postgres import fresh_postgres_url, postgres_url
from warehouse.registry import Registry, open_registry

__all__ = ["fresh_postgres_url", "postgres_url"]


@dataclass
class Clock:
    """A clock the test sets."""

    at: datetime = field(default_factory=lambda: datetime(2026, 9, 15, 12, 30, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_days(self, days: int) -> None:
        self.at += timedelta(days=days)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new folder/registry.sqlite"
    address: str = request.getfixturevalue("fresh_postgres_url")
    return address


@pytest.fixture
def clock() -> Clock:
    """Noon of 15 September 2026, until the test moves it."""
    return Clock()


@pytest.fixture
def registry(url: str, clock: Callable[[], datetime]) -> Registry:
    """An empty registry."""
    return open_registry(url, clock)
