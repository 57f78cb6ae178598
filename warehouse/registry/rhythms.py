"""When an extract by the clock is due. Pure: it is told what day it is."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from warehouse.registry.errors import InvalidError
from warehouse.registry.extract_tables import RHYTHMS

DAYS_OF: Final = {"day": 1, "week": 7, "month": 28}
"""Rhythm -> the last day it can be on: every month has a 28th."""
MOST_MONTHS_BACK: Final = 12


@dataclass(frozen=True)
class Rhythm:
    """When an extract is due, counted in UTC, and of which month it is then."""

    every: str = "day"
    on_day: int = 1
    """Of the week, Monday is 1, or of the month."""
    months_back: int = 0
    """0: of the month it is then; 1: of the one before."""

    def due_on(self, today: date) -> date:
        """Return the last day, today included, that it was due on."""
        if self.every == "day":
            return today
        if self.every == "week":
            return today - timedelta(days=(today.isoweekday() - self.on_day) % 7)
        month = today if today.day >= self.on_day else today.replace(day=1) - timedelta(days=1)
        return month.replace(day=self.on_day)

    def period(self, today: date) -> str:
        """Return the month, YYYY-MM, that the extract due last is of."""
        due = self.due_on(today)
        months = due.year * 12 + due.month - 1 - self.months_back
        return f"{months // 12:04}-{months % 12 + 1:02}"


def clean_rhythm(rhythm: Rhythm) -> Rhythm:
    """Return a rhythm that every month can keep. Raises InvalidError."""
    if rhythm.every not in RHYTHMS or not 1 <= rhythm.on_day <= DAYS_OF[rhythm.every]:
        raise InvalidError(
            f"Day {rhythm.on_day} of the {rhythm.every} is no rhythm.",
            "Every day, on a day of the week from 1 (Monday) to 7, or of the month from 1 to 28.",
        )
    if not 0 <= rhythm.months_back <= MOST_MONTHS_BACK:
        raise InvalidError(
            f"{rhythm.months_back} months back is too far.",
            f"Write 0 for the month it is then, 1 for the one before, up to {MOST_MONTHS_BACK}.",
        )
    return rhythm
