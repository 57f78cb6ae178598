"""The gates of a load: nothing that is not fit for readers is published."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from pipelines.house import House
from pipelines.models import ModelsFailedError, mart_contracts
from pipelines.providers.contract import BillingPeriod, utc_now
from quality.gates import landed, published, results
from quality.gates.examiner import Examiner, ExaminerError, examiner
from quality.gates.measures import Measure
from warehouse.registry import deliveries
from warehouse.registry.deliveries import DeliveryRecord
from warehouse.registry.words import accepts_schema_changes

UNFIT: Final = "UNFIT"
"""The word that a refusal by a gate begins with."""
SCHEMA: Final = ("no_column_is_gone", "no_column_is_retyped")
"""Demands that an owner may waive for a connection whose export he changed."""


class UnfitError(ModelsFailedError):
    """A gate refused what was loaded; `culprits` are the deliveries at fault, where it knows."""

    def __init__(self, what: str, culprits: Sequence[DeliveryRecord]) -> None:
        super().__init__(what, is_data_fault=True)
        self.culprits = culprits


@contextmanager
def examining(house: House, batch: Sequence[DeliveryRecord]) -> Iterator[Callable[[], None]]:
    """Give what examines a load once its models are built; it raises UnfitError.

    The judge gets ready while the models run. A run without a delivery is not examined.
    """
    if not batch:
        yield lambda: None
        return
    with examiner() as judge:
        yield partial(_examine, house, batch, judge)


def _examine(house: House, batch: Sequence[DeliveryRecord], judge: Examiner) -> None:
    now = utc_now()
    try:
        verdicts = judge.examine(_measured(house, batch))
    except ExaminerError as error:
        raise ModelsFailedError(str(error)) from error
    accepted = _accepted(house, batch)
    verdicts = tuple(
        replace(each, refuses=False) if each.subject in accepted and each.demand in SCHEMA else each
        for each in verdicts
    )
    result = results.keep(house.settings.layout, verdicts, now)
    refusals = [each for each in verdicts if each.refuses and not each.passed]
    if refusals:
        subjects = {each.subject for each in refusals}
        culprits = [item for item in batch if landed.subject(item) in subjects]
        said = " ".join(map(results.sentence, refusals))
        raise UnfitError(f"{UNFIT}: {said} See {results.ADVICE}, and {result.path.name}", culprits)


def _measured(house: House, batch: Sequence[DeliveryRecord]) -> list[Measure]:
    served = deliveries.published_snapshot(house.registry)
    by_company = [(item.company_id, BillingPeriod.parse(item.billing_period)) for item in batch]
    loaded = {
        "connection_id": {(item.connection_id, item.billing_period) for item in batch},
        # A company's marts look back at the month before.
        "company_id": {
            (company, str(each)) for company, month in by_company for each in (month, month.next)
        },
    }
    found: list[Measure] = []
    with house.lake.connect() as connection:
        if served is not None:
            house.lake.attach(connection, published.SERVED, served[0])
        for item in batch:
            known = deliveries.of_connection(house.registry, item.connection_id)
            found += landed.measures(landed.compared(item, known), connection, utc_now())
        found += published.measures(connection, mart_contracts(), loaded)
    return found


def _accepted(house: House, batch: Sequence[DeliveryRecord]) -> set[str]:
    return {
        landed.subject(item)
        for item in batch
        if accepts_schema_changes(house.registry.connections.by_id(item.connection_id).options)
    }
