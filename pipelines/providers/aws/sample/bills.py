"""The sample company's AWS bills, laid out in a folder as AWS lays them out in a bucket."""

from collections.abc import Iterator
from pathlib import Path

from pipelines.providers.aws.sample.company import (
    BUCKET,
    EXPORTS,
    SPIKING_EXPORT,
    SPIKING_WORKLOAD,
    Export,
    accounts_of,
)
from pipelines.providers.aws.sample.folders import DeliveryFolder
from pipelines.providers.aws.sample.printing import columns_of, select_part
from pipelines.providers.sample_bills import Bill, Sample, WrittenFile

HOME = Path(__file__).resolve().parent
EDP_RATE = 0.10


def deliver(bill: Bill[Export]) -> Iterator[WrittenFile]:
    """Write one delivery's files, then its manifests."""
    bill.build(HOME, (), **_variables(bill))
    place = DeliveryFolder(bill)
    columns = columns_of(bill.connection, bill.export)
    keys = [place.file(number + 1) for number in range(bill.spec.files_per_delivery)]
    for part, key in enumerate(keys):
        yield bill.write(place.path(key), select_part(bill.export, columns, part))
    place.announce(keys, columns)


def _variables(bill: Bill[Export]) -> dict[str, object]:
    export, payer_id = bill.export, bill.accounts[0].account_id
    newest, own = bill.spec.until.start, bill.state.period.start
    months_ago = (newest.year - own.year) * 12 + newest.month - own.month
    is_discounted = export.discounts != "none" and months_ago <= export.discount_from_months_ago
    rate = EDP_RATE if is_discounted else 0.0
    return {
        "invoicing_entity": export.invoicing_entity,
        "invoice_id": int(payer_id[-6:]) * 1000 + own.month * 10,
        "edp_rate": rate,
        "has_net_costs": rate > 0 and "net" in export.discounts,
        "has_discount_rows": rate > 0 and "rows" in export.discounts,
        "has_spike": export == SPIKING_EXPORT
        and any(each.workload == SPIKING_WORKLOAD for each in bill.accounts),
    }


SAMPLE = Sample(
    provider="aws",
    exports=EXPORTS,
    bucket=BUCKET,
    accounts=accounts_of,
    deliver=deliver,
    count_files=lambda spec, _: spec.files_per_delivery,
)
