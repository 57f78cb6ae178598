"""What landing finds in Azure's files, and what it refuses."""

import io
import shutil
import time
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.providers.azure.provider import AzureProvider
from pipelines.providers.contract import BillError, Delivery
from pipelines.providers.landing import Landed, land
from tests.providers.azure.exports import Folder, encoded, frame, put_run
from tests.providers.azure.lines import (
    PLAN,
    RESERVATION,
    ea_line,
    focus_line,
    mca_line,
    old_line,
    typed,
)
from warehouse.layout import Layout

Land = Callable[[str], Landed]
USAGE = ea_line("000000000042", "1.5")
USED = ea_line("1", "0.7", PricingModel="Reservation", benefitId=RESERVATION, PayGPrice="0")
UNUSED = ea_line("1", "0.3", ChargeType="UnusedSavingsPlan", PricingModel="SavingsPlan")
PAID = ea_line(
    "1", "30", ChargeType="Purchase", PricingModel="Reservation", Frequency="Recurring",
    benefitId=RESERVATION,
)  # fmt: skip
COVERED_FREE = USED | {"CostInBillingCurrency": "0"}


@pytest.fixture
def landed(folder: Folder, azure: Callable[..., AzureProvider], tmp_path: Path) -> Land:
    """Land the one delivery that lies in the folder."""

    def run(dataset: str = "cost") -> Landed:
        provider = azure(folder, dataset)
        (found,) = provider.deliveries()
        assert isinstance(found, Delivery), found
        return land(found, provider, Layout(tmp_path / "house"))

    return run


def put_both(
    folder: Folder, actual: list[dict[str, Any]], amortized: list[dict[str, Any]], **how: Any
) -> None:
    for export, part, rows in (("daily", "actual", actual), ("amortized", "amortized", amortized)):
        put_run(folder, export, part, "2026-09", rows, columns=list(USAGE), **how)


def put_file(folder: Folder, content: bytes, name: str = "daily_1.csv") -> None:
    """Write a FocusCost-like file without a manifest."""
    folder.put(f"daily/20260901-20260930/{name}", content)


def refused(landed: Land, dataset: str = "cost") -> BillError:
    with pytest.raises(BillError) as caught:
        landed(dataset)
    return caught.value


@pytest.mark.parametrize("file_type", ["csv", "parquet"])
def test_b1_a_bill_is_amortized_usage_and_what_was_paid_for_commitments(
    folder: Folder, landed: Land, file_type: str
) -> None:
    put_both(
        folder, [USAGE, PAID, COVERED_FREE], [USAGE, USED, UNUSED], file_type=file_type, parts=1
    )
    found = landed("cost")
    assert found.inspection.control_totals == {"USD": Decimal("31.5")}
    assert found.row_count == 4
    assert found.inspection.warnings == ()


def test_b4_exports_of_different_times_are_told(folder: Folder, landed: Land) -> None:
    put_both(folder, [USAGE, PAID], [USAGE, USAGE, UNUSED])
    (warning,) = landed("cost").inspection.warnings
    assert "disagree by -1.5 USD" in warning


def test_the_public_samples_add_up(folder: Folder, landed: Land, shared_folder: Path) -> None:
    for export, part in (("daily", "Actual"), ("amortized", "Amortized")):
        target = folder.root / export / "20230901-20230930" / f"{export}_1.csv"
        target.parent.mkdir(parents=True)
        sample = shared_folder / "samples" / "azure_exports" / f"EA_{part}Cost_Small.csv"
        shutil.copy(sample, target)
    found = landed("cost")
    assert found.row_count == 29
    assert found.inspection.control_totals["USD"].quantize(Decimal("1e-9")) == Decimal(
        "19.047780136"
    )


def test_t16_currencies_of_one_file_stay_apart(folder: Folder, landed: Land) -> None:
    won = ea_line("1", "2000", BillingCurrencyCode="KRW")
    put_both(folder, [USAGE, won], [USAGE, won])
    totals = landed("cost").inspection.control_totals
    assert totals == {"USD": Decimal("1.5"), "KRW": Decimal("2000")}


def test_exports_of_two_versions_go_together(folder: Folder, landed: Land) -> None:
    put_run(folder, "daily", "actual", "2026-09", [mca_line("1", "1.5")])
    put_run(folder, "amortized", "amortized", "2026-09", [old_line("1", "1.5")])
    assert landed("cost").inspection.control_totals == {"USD": Decimal("1.5")}


@pytest.mark.fault("F50", "`DATASET_TYPE`, with the export whose rows are of the other type")
@pytest.mark.parametrize(
    ("actual", "amortized", "culprit"),
    [
        ([USAGE, USED, UNUSED], [USAGE, USED, UNUSED], "actual"),
        ([USAGE, USED], [USAGE, USED], "actual"),
        ([USAGE, PAID], [USAGE, PAID], "amortized"),
    ],
)
def test_f50_exports_mixed_up_are_told_by_their_rows(
    folder: Folder,
    landed: Land,
    actual: list[dict[str, Any]],
    amortized: list[dict[str, Any]],
    culprit: str,
) -> None:
    put_both(folder, actual, amortized, mode="old")
    error = refused(landed)
    assert (error.code, error.where.startswith(culprit)) == ("DATASET_TYPE", True)


@pytest.mark.fault("F55", "`DATASET_TYPE`")
@pytest.mark.parametrize(("dataset", "line"), [("cost", focus_line), ("focus", ea_line)])
def test_f55_an_export_of_another_schema_is_refused(
    folder: Folder, landed: Land, dataset: str, line: Callable[..., dict[str, Any]]
) -> None:
    for export, part in (("daily", "actual"), ("amortized", "amortized")):
        put_run(folder, export, part, "2026-09", [line("1", "1.5")], mode="old")
    assert refused(landed, dataset).code == "DATASET_TYPE"


@pytest.mark.fault("F23", "The month is empty")
def test_f23_a_header_alone_empties_a_month_only_with_a_manifest(
    folder: Folder, landed: Land
) -> None:
    put_both(folder, [], [])
    assert landed("cost").row_count == 0


@pytest.mark.fault("F23", "`EMPTY_WITHOUT_MANIFEST` where no manifest says so")
def test_f23_a_header_alone_without_a_manifest_is_refused(folder: Folder, landed: Land) -> None:
    put_both(folder, [], [], mode="old")
    assert refused(landed).code == "EMPTY_WITHOUT_MANIFEST"


def test_rows_that_the_manifest_counts_and_the_file_lacks_are_missed(
    folder: Folder, landed: Land
) -> None:
    keys = put_run(folder, "daily", "focus", "2026-09", [focus_line("1", "1.5")] * 3, parts=1)
    said = folder.get(keys[-1]).replace(b'"dataRowCount": 3', b'"dataRowCount": 4')
    folder.put(keys[-1], said)
    error = refused(landed, "focus")
    assert (error.code, "4 rows, 3 were read" in error.what) == ("ROW_COUNT", True)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_another_delimiter_is_named(folder: Folder, landed: Land, delimiter: str) -> None:
    content = encoded(frame([focus_line("1", "1.5", Tags="")]), "csv")
    put_file(folder, content.replace(b",", delimiter.encode()))
    assert refused(landed, "focus").code == "CSV_DELIMITER"


def test_a_german_header_is_named(folder: Folder, landed: Land) -> None:
    put_file(folder, "AbonnementGuid,Datum,Kosten,Währung\n1,2026-09-05,1.5,EUR\n".encode())
    error = refused(landed, "focus")
    assert (error.code, "English" in error.advice) == ("HEADER_LANGUAGE", True)


@pytest.mark.fault("F57")
@pytest.mark.fault("F74")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"BilledCost": "NaN"}, "NUMBER"),
        ({"BilledCost": "1,5"}, "NUMBER"),
        ({"BilledCost": ""}, "NUMBER"),
        ({"ListCost": "1e400"}, "NUMBER"),
        ({"BillingCurrency": ""}, "SCHEMA"),
        ({"ChargePeriodStart": "21.09.2026"}, "DATE"),
        ({"BillingPeriodStart": "2026-08-01T00:00:00Z"}, "PERIOD_MISMATCH"),
    ],
)
def test_f57_a_value_nobody_can_bill_by_is_named(
    folder: Folder, landed: Land, change: dict[str, str], code: str
) -> None:
    put_run(folder, "daily", "focus", "2026-09", [focus_line("1", "1.5", **change)], parts=1)
    error = refused(landed, "focus")
    assert error.code == code
    assert next(iter(change)) in error.what
    assert error.where.startswith("focus-")


def test_a_missing_column_is_named(folder: Folder, landed: Land) -> None:
    row = {name: value for name, value in USAGE.items() if name != "Date"}
    put_both(folder, [row], [row])
    assert "date" in refused(landed).what


def test_typed_parquet_is_read_in_any_time_zone(
    folder: Folder, landed: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    time.tzset()
    try:
        row = typed(mca_line("000000000042", "1.5"))
        put_both(folder, [row], [row], file_type="parquet", parts=1)
        assert landed("cost").inspection.control_totals == {"USD": Decimal("1.5")}
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "date", ["09/05/2026", "2026-09-05", "2026-09-05T00:00:00Z", "09/05/2026 00:00:00"]
)
def test_dates_come_american_or_iso(folder: Folder, landed: Land, date: str) -> None:
    row = USAGE | {"Date": date}
    put_both(folder, [row], [row])
    assert landed("cost").row_count == 1


def zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.fault("F19")
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"inner.zip": zip_of({"x.csv": b"a\n"})}, "ZIP_MEMBERS"),
        ({"a.csv": b"a\n", "b.csv": b"b\n"}, "ZIP_MEMBERS"),
        pytest.param({"bomb.csv": b"0" * (1 << 30) + b"0"}, "UNPACK_LIMIT", marks=pytest.mark.slow),
    ],
    ids=["nested", "several", "bomb"],
)
def test_f19_a_zip_that_is_more_than_one_export_is_refused(
    folder: Folder, landed: Land, members: dict[str, bytes], code: str
) -> None:
    put_file(folder, zip_of(members), "daily_1.zip")
    assert refused(landed, "focus").code == code


def test_the_pricing_model_may_be_written_in_two_words(folder: Folder, landed: Land) -> None:
    plan = USED | {"PricingModel": "Savings Plan", "benefitId": PLAN}
    put_both(folder, [USAGE], [USAGE, plan])
    assert landed("cost").inspection.control_totals == {"USD": Decimal("1.5")}
