"""What a gate looks at: small tables of counts and names, by suite."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SUBJECT: Final = "subject"
NAME: Final = "name"


@dataclass(frozen=True)
class Measure:
    """One row of a suite's table."""

    suite: str
    subject: str
    """The delivery or the mart."""
    name: str
    """The column or currency; empty where the row is about the subject itself."""
    values: Mapping[str, str | int | float | None]

    @property
    def row(self) -> dict[str, str | int | float | None]:
        """Return it as Great Expectations sees it."""
        return {SUBJECT: self.subject, NAME: self.name, **self.values}


@dataclass(frozen=True)
class Verdict:
    """What a demand said of one subject."""

    suite: str
    subject: str
    demand: str
    refuses: bool
    checked: int
    failed: int
    found: tuple[str, ...] = ()
    """Names of the columns or currencies that did not meet it."""

    @property
    def passed(self) -> bool:
        """Tell whether the demand was met."""
        return not self.failed
