"""AWS's published prices of Savings Plans: the CSV offer files of the Price List.

Five lines about the file, then one row per plan and way of using. Source: AWS Billing User Guide,
"Reading the service price list file for a Savings Plan".
"""

import csv
from collections.abc import Collection, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb

from pipelines.providers.contract import BillError, OfferedRate

PROGRAMS: Final = {
    "ComputeSavingsPlans": "COMPUTE_SP",
    "EC2InstanceSavingsPlans": "EC2_INSTANCE_SP",
    "DatabaseSavingsPlans": "DATABASE_SP",
    "MachineLearningSavingsPlans": "SAGEMAKER_SP",
    "SageMakerSavingsPlans": "SAGEMAKER_SP",
}
"""Product family -> program."""
ABOUT_LINES: Final = 5
COLUMNS: Final = (
    *("Product Family", "LeaseContractLength", "PurchaseOption", "DiscountedServiceCode"),
    *("DiscountedUsageType", "DiscountedOperation", "DiscountedRate", "Currency"),
)


def savings_plan_rates(path: Path, usage_types: Collection[str]) -> Iterator[OfferedRate]:
    """Yield the rates of these usage types; the file has those of every machine there is.

    Raises BillError for a file that is no offer of Savings Plans.
    """
    about, header = _about(path)
    missing = [column for column in COLUMNS if column not in header]
    if missing or "Publication Date" not in about:
        raise BillError(
            "SCHEMA",
            str(path),
            f"No CSV offer file of Savings Plans: {', '.join(missing) or 'its date'} is missing.",
            "Fetch index.csv of an offer such as AWSComputeSavingsPlan from the AWS Price List.",
        )
    source = f"AWS Price List {about.get('OfferCode', path.name)}, {about['Publication Date'][:10]}"
    names = ", ".join(f'"{column}"' for column in COLUMNS)
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        rows = connection.execute(
            f"select {names} from read_csv($path, skip = {ABOUT_LINES}, header = true,"
            ' all_varchar = true) where list_contains($usage_types, "DiscountedUsageType")',
            {"path": str(path), "usage_types": list(usage_types)},
        ).fetchall()
    for family, years, payment, service, usage_type, operation, price, currency in rows:
        if family in PROGRAMS:
            yield OfferedRate(
                PROGRAMS[family], 12 * int(years[0]), payment, service, usage_type,
                operation or "", Decimal(price), currency, source,
            )  # fmt: skip


def _about(path: Path) -> tuple[dict[str, str], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(islice(csv.reader(file), ABOUT_LINES + 1))
    about = {line[0]: line[1] for line in lines[:ABOUT_LINES] if len(line) > 1}
    return about, lines[-1] if len(lines) > ABOUT_LINES else []
