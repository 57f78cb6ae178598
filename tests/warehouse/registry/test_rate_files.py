"""Files of rates as people and the ECB write them, and what is wrong with a line."""

from decimal import Decimal
from pathlib import Path

import pytest

from warehouse.registry.errors import InvalidError
from warehouse.registry.rate_files import read_rates


def rates(folder: Path, content: str | bytes, *periods: str) -> dict[str, Decimal]:
    """The rates of a file with this content, by their pair in words."""
    file = folder / "환율 표.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {str(each.pair): each.rate for each in read_rates(file, periods)}


def test_a_plain_table_keeps_every_digit_it_was_written_with(tmp_path: Path) -> None:
    written = "month,from,to,rate\n2026-09,USD,KRW,1350.123456789012\n2026-09,krw,usd,0.0007\n"
    assert rates(tmp_path, written) == {
        "USD to KRW in 2026-09": Decimal("1350.123456789012"),
        "KRW to USD in 2026-09": Decimal("0.0007"),
    }


def test_a_table_saved_by_excel_is_read_as_it_is_meant(tmp_path: Path) -> None:
    written = "\ufeffMonth,From,To,Rate\r\n\r\n2026-09, USD ,KRW,1350\r\n,,,\r\n"
    assert rates(tmp_path, written) == {"USD to KRW in 2026-09": Decimal(1350)}


def test_every_wrong_line_is_named_and_nothing_is_read(tmp_path: Path) -> None:
    wrong = [
        "2026-9,USD,KRW,1",
        "2026-13,USD,KRW,1",
        "2026-09,US,KRW,1",
        "2026-09,미국$,KRW,1",
        "2026-09,USD,USD,1",
        "2026-09,USD,KRW,0",
        "2026-09,USD,KRW,0.0",
        "2026-09,USD,KRW,-1350",
        "2026-09,USD,KRW,NaN",
        "2026-09,USD,KRW,Infinity",
        "2026-09,USD,KRW,1e3",
        '2026-09,USD,KRW,"1,350"',
        "2026-09,USD,KRW,١٣٥٠",
        "2026-09,USD,KRW,1.0000000000001",
        "2026-09,USD,KRW,",
        "2026-09,USD,KRW",
        "2026-09,EUR,KRW,1600",
    ]
    lines = ["month,from,to,rate", "2026-09,EUR,KRW,1600", *wrong]
    with pytest.raises(InvalidError) as refused:
        rates(tmp_path, "\n".join(lines))
    named = [line.split(":")[0].strip() for line in refused.value.what.splitlines()[1:]]
    assert named == [f"line {number}" for number in range(3, len(lines) + 1)]
    assert refused.value.what.endswith(f"line {len(lines)}: it repeats line 2.")


@pytest.mark.fault("F67", "The average of the days there are")
def test_the_ecbs_days_become_the_average_of_their_month(tmp_path: Path) -> None:
    written = (
        "Date,USD,KRW,HRK,\n"
        "2026-10-01,1.2,1600,N/A,\n"
        "2026-09-30,1.1,1500.5,N/A,\n"
        "2026-09-29,1.2,N/A,N/A,\n"
        "2026-09-28,1.3001,1501,N/A,\n"
    )
    assert rates(tmp_path, written, "2026-09") == {
        "EUR to USD in 2026-09": Decimal("1.200033333333"),
        "EUR to KRW in 2026-09": Decimal("1500.75"),
    }


def test_the_ecbs_file_of_one_day_is_read_too(tmp_path: Path) -> None:
    written = "Date, USD, KRW, \n30 September 2026, 1.1, 1500, \n"
    assert rates(tmp_path, written)["EUR to KRW in 2026-09"] == Decimal(1500)


def test_a_wrong_day_of_the_ecb_is_named(tmp_path: Path) -> None:
    written = "Date,USD,KRW\n2026-09-31,1,1\n2026-09-30,1,0\n2026-09-29,1\n2026-09-28,1,1,1\n"
    with pytest.raises(InvalidError) as refused:
        rates(tmp_path, written)
    assert [line.split(":")[0].strip() for line in refused.value.what.splitlines()[1:]] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no table of exchange rates"),
        ("month;from;to;rate\n2026-09;USD;KRW;1\n", "is no table of exchange rates"),
        ("month,from,to,rate\n", "holds no rates"),
        ("Date,USD,USD\n2026-09-01,1,1\n", "names a currency twice"),
        ("month,from,to,rate\n2026-09,USD,KRW,1350\n".encode("utf-16"), "is no CSV in UTF-8"),
        (b"month,from,to,rate\n2026-09,USD,KRW,\xb9\n", "is no CSV in UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_rates_is_refused_in_words(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(InvalidError, match=said):
        rates(tmp_path, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"none\.csv cannot be read"):
        read_rates(tmp_path / "none.csv")
