"""Every byte of a landed file is read, and what is not whole is refused."""

import gzip
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse.unpacking import LandingError, UnpackLimits, head, unzip, verify_file

TEXT = b"".join(b"%d,cost,0.%d\n" % (number, number) for number in range(5000))
WHOLE = gzip.compress(TEXT)


def flipped(content: bytes, position: int) -> bytes:
    changed = bytearray(content)
    changed[position] ^= 1
    return bytes(changed)


def stored(text: bytes) -> bytes:
    return gzip.compress(text, compresslevel=0)


def refusal(path: Path, limits: UnpackLimits | None = None) -> LandingError:
    with pytest.raises(LandingError) as refused:
        verify_file(path, limits or UnpackLimits())
    assert refused.value.file == path.name
    return refused.value


@pytest.mark.parametrize(
    "content",
    [WHOLE, WHOLE + gzip.compress(b"more\n"), gzip.compress(b"")],
    ids=["one-member", "two-members", "empty"],
)
def test_a_whole_gzip_passes_with_its_hash_and_size(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(content)
    facts = verify_file(path)
    assert (facts.name, facts.bytes) == ("a.csv.gz", len(content))
    assert facts.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.fault("F13", "`GZIP_TRUNCATED`; no row of the file is seen")
@pytest.mark.fault("F14", "`GZIP_CRC`; no row of the file is seen")
@pytest.mark.fault("F15", "`GZIP_CRC`; no cost changes silently")
@pytest.mark.fault("F17", "`GZIP_TRAILING`")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (WHOLE[: len(WHOLE) * 6 // 10], "GZIP_TRUNCATED"),
        (WHOLE[:-8], "GZIP_TRUNCATED"),
        (WHOLE[:-1], "GZIP_TRUNCATED"),
        (b"", "GZIP_TRUNCATED"),
        (WHOLE + WHOLE[:1], "GZIP_TRUNCATED"),
        (flipped(WHOLE, -5), "GZIP_CRC"),
        (flipped(WHOLE, -1), "GZIP_CRC"),
        (flipped(stored(TEXT), 100), "GZIP_CRC"),
        (b"no gzip at all", "GZIP_CRC"),
        (WHOLE + b"garbage", "GZIP_TRAILING"),
        (WHOLE + bytes(8), "GZIP_TRAILING"),
    ],
    ids=[
        "F13-60%", "F13-last-8", "F13-last", "F13-empty", "F13-second-member", "F14-crc",
        "F14-size", "F15-digit", "plain", "F17-garbage", "F17-zeros",
    ],
)  # fmt: skip
def test_a_gzip_that_is_not_whole_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "a.csv.gz").write_bytes(content)
    assert refusal(tmp_path / "a.csv.gz").code == code


SMALL = UnpackLimits(ratio=64, floor=1 << 20, ceiling=4 << 20)


@pytest.mark.fault("F18", "`UNPACK_LIMIT`, as soon as it unpacks to more than a bill can be")
def test_f18_a_gzip_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0" * (2 << 20)))
    assert refusal(tmp_path / "a.csv.gz", SMALL).code == "UNPACK_LIMIT"
    assert verify_file(tmp_path / "a.csv.gz", SMALL, declared=2 << 20).bytes < 10_000


@pytest.mark.fault("F18")
def test_f18_no_declaration_lifts_the_ceiling(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0" * (5 << 20)))
    with pytest.raises(LandingError, match="UNPACK_LIMIT"):
        verify_file(tmp_path / "a.csv.gz", SMALL, declared=1 << 40)


@pytest.mark.parametrize(
    ("packed", "declared", "allowed"),
    [(1, 0, 1 << 30), (1 << 26, 0, 1 << 32), (1, 1 << 33, 1 << 33), (1 << 40, 0, 64 << 30)],
    ids=["floor", "ratio", "declared", "ceiling"],
)
def test_f18_what_a_file_may_become(packed: int, declared: int, allowed: int) -> None:
    assert UnpackLimits().allowed(packed, declared) == allowed


@pytest.mark.fault("F30")
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["csv", "csv.gz"])
def test_f30_a_byte_that_is_not_utf_8_is_refused_by_line(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / ("a.csv.gz" if pack is gzip.compress else "a.csv")
    path.write_bytes(pack(TEXT + b"5000,\xff\xfe,1\n"))
    error = refusal(path)
    assert (error.code, "line 5001 " in error.what) == ("ENCODING", True)


def test_a_letter_may_straddle_two_reads(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * ((1 << 20) - 1) + "서울\n".encode())
    assert verify_file(path).bytes == (1 << 20) + 6


def test_a_letter_cut_at_the_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("서울".encode()[:-1])
    assert refusal(tmp_path / "a.csv").code == "ENCODING"


def zip_of(path: Path, *contents: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"../../{number}.csv", content)
    return path


def test_a_zip_becomes_its_csv_beside_it_whatever_its_member_is_called(tmp_path: Path) -> None:
    inner = tmp_path / "data"
    inner.mkdir()
    found = unzip(zip_of(inner / "00001-report-1.zip", TEXT))
    assert [path.name for path in tmp_path.rglob("*.*")] == ["00001-report-1.csv"]
    assert found.read_bytes() == TEXT


@pytest.mark.fault("F19", "`ZIP_MEMBERS` or `UNPACK_LIMIT`")
@pytest.mark.parametrize(
    ("contents", "code"),
    [
        ((), "ZIP_MEMBERS"),
        ((TEXT, TEXT), "ZIP_MEMBERS"),
        ((WHOLE,), "ZIP_MEMBERS"),
        ((b"0" * (2 << 20),), "UNPACK_LIMIT"),
    ],
    ids=["empty", "two", "F19-nested", "F19-bomb"],
)
def test_a_zip_of_anything_else_is_refused(
    tmp_path: Path, contents: tuple[bytes, ...], code: str
) -> None:
    with pytest.raises(LandingError) as refused:
        unzip(zip_of(tmp_path / "a.zip", *contents), SMALL)
    assert refused.value.code == code


def test_a_zip_whose_file_has_no_name_is_unpacked_all_the_same(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x", TEXT)
    nameless = (tmp_path / "a.zip").read_bytes().replace(b"x", b"\0")
    (tmp_path / "a.zip").write_bytes(nameless)
    assert unzip(tmp_path / "a.zip").read_bytes() == TEXT


@pytest.mark.parametrize(
    ("position", "code"), [(60, "ZIP_CRC"), (-22, "ZIP_UNREADABLE")], ids=["content", "directory"]
)
def test_a_damaged_zip_is_refused(tmp_path: Path, position: int, code: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", TEXT)
    (tmp_path / "a.zip").write_bytes(flipped((tmp_path / "a.zip").read_bytes(), position))
    with pytest.raises(LandingError) as refused:
        unzip(tmp_path / "a.zip")
    assert refused.value.code == code


def test_the_head_of_a_file_comes_without_its_mark(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + "서울,1\n".encode()))
    assert head(tmp_path / "a.csv.gz") == "서울,1\n"
