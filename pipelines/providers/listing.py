"""Listing deliveries, the same for every provider: one bad month does not hold back the rest."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pipelines.providers.contract import BillError
from pipelines.providers.store import StoreError

Place = TypeVar("Place")
Current = TypeVar("Current")


def each_current(
    places: Iterable[Place],
    current: Callable[[Place], Current],
    unfit: Iterable[BillError] = (),
) -> Iterator[Current]:
    """Yield what each place holds now.

    The first BillError, of `unfit` or of a place, is raised after the others are listed; a
    StoreError at once, since the next place would meet it too.
    """
    errors = list(unfit)
    for place in places:
        try:
            yield current(place)
        except StoreError:
            raise
        except BillError as error:
            errors.append(error)
    if errors:
        raise errors[0]
