"""The FOCUS project's own examples: refused as they are published, whole once they conform."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.providers.contract import BillError, Delivery, Provider
from pipelines.providers.landing import land
from tests.providers.aws.deliveries import Folder
from tests.providers.focus.feeds import put_month
from tests.providers.focus.spec_examples import (
    CONTRADICTIONS,
    DATES,
    MONEY,
    conformant,
    published,
    totals,
)
from warehouse.layout import Layout


@pytest.fixture(params=CONTRADICTIONS)
def example(request: pytest.FixtureRequest, shared_folder: Path) -> Path:
    return shared_folder / "samples" / "focus_spec_examples" / f"{request.param}.csv"


def test_every_published_example_is_looked_at(shared_folder: Path) -> None:
    folder = shared_folder / "samples" / "focus_spec_examples"
    assert {path.stem for path in folder.glob("*.csv")} == set(CONTRADICTIONS)


def test_an_example_as_published_is_refused_for_what_contradicts_focus(
    example: Path, folder: Folder, focus: Callable[..., Provider], tmp_path: Path
) -> None:
    month = next(iter(conformant(example)))
    put_month(folder, month, published(example), parts=1)
    (delivery,) = focus(folder).deliveries()
    assert isinstance(delivery, Delivery)
    with pytest.raises(BillError) as refused:
        land(delivery, focus(folder), Layout(tmp_path / "house"))
    found = CONTRADICTIONS[example.stem]
    expected = "NUMBER" if MONEY in found else "TIME" if DATES in found else "SCHEMA"
    assert refused.value.code == expected


def test_an_example_that_conforms_lands_with_every_cent(
    example: Path, folder: Folder, focus: Callable[..., Provider], tmp_path: Path
) -> None:
    months = conformant(example)
    for month, rows in months.items():
        put_month(folder, month, rows, parts=1)
    landed = [
        land(delivery, focus(folder), Layout(tmp_path / "house"))
        for delivery in focus(folder).deliveries()
        if isinstance(delivery, Delivery)
    ]
    billed = sum((each.inspection.control_totals["USD"] for each in landed), Decimal(0))
    assert (len(landed), billed) == (len(months), totals(published(example))[0])
