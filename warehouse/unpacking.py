"""Read every byte of a landed file once: hash it, and prove that its compression is whole.

DuckDB reads a gzip with a wrong checksum without a word, and text it does not project without
looking at its encoding, so both are checked here, before anything else opens the file.
"""

import codecs
import errno
import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from isal import isal_zlib

CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WITH_HEADER = 31
# Its stub calls the class an instance.
UNFIT: type[Exception] = isal_zlib.error  # type: ignore[assignment]


class LandingError(Exception):
    """A file that may not be landed. `code` is a stable word, `file` the file's name."""

    def __init__(self, code: str, file: str, what: str) -> None:
        super().__init__(f"{code}: {file}: {what}")
        self.code, self.file, self.what = code, file, what


@dataclass(frozen=True)
class UnpackLimits:
    """How far a compressed file may unpack before it counts as an attack.

    Bills compress 10 to 30 times; 64 leaves room for very repetitive ones. A small file may
    go beyond the ratio (`floor`): it cannot hurt. `ceiling` is what a disk can bear.
    """

    ratio: int = 64
    floor: int = 1 << 30
    ceiling: int = 64 << 30

    def allowed(self, packed: int, declared: int = 0) -> int:
        """Bytes that a file of `packed` bytes may become; `declared` by its manifest."""
        return min(max(self.ratio * packed, declared, self.floor), self.ceiling)


LIMITS = UnpackLimits()


@dataclass(frozen=True)
class FileFacts:
    """One landed file."""

    name: str
    bytes: int
    sha256: str


class _Text:
    """Checks that a stream of bytes is UTF-8, and names the line that is not."""

    def __init__(self, name: str) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._name, self._line = name, 1

    def feed(self, data: bytes, *, final: bool = False) -> None:
        try:
            self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            line = self._line + error.object.count(b"\n", 0, error.start)
            byte = f"0x{error.object[error.start]:02x}"
            what = f"line {line} is not UTF-8 (byte {byte}){_likeness(error.object)}."
            raise LandingError("ENCODING", self._name, what) from None
        self._line += data.count(b"\n")


def _likeness(data: bytes) -> str:
    """Name the encoding that the data has, where it can be told. It is said, never decoded by."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ", but UTF-16"
    try:
        codecs.getincrementaldecoder("cp949")().decode(data)
    except UnicodeDecodeError:
        return ""
    return "; it looks like CP949"


def verify_file(path: Path, limits: UnpackLimits = LIMITS, declared: int = 0) -> FileFacts:
    """Hash a file and prove that it is whole; return its facts.

    Raises LandingError: GZIP_TRUNCATED, GZIP_CRC, GZIP_TRAILING, UNPACK_LIMIT, ENCODING.
    """
    digest, size = hashlib.sha256(), 0
    unpacking = _Gunzip(path.name, limits.allowed(path.stat().st_size, declared))
    packed = path.suffix == ".gz"
    text = _Text(path.name) if path.name.endswith((".csv", ".csv.gz")) else None
    for chunk in _chunks(path):
        digest.update(chunk)
        size += len(chunk)
        for data in unpacking.feed(chunk) if packed else (chunk,):
            if text:
                text.feed(data)
    if packed:
        unpacking.close()
    if text:
        text.feed(b"", final=True)
    return FileFacts(path.name, size, digest.hexdigest())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


class _Gunzip:
    """Unpacks a gzip of one or more members in bounded pieces; every member's CRC is checked."""

    def __init__(self, name: str, allowed: int) -> None:
        self._name, self._allowed, self._unpacked = name, allowed, 0
        self._member = isal_zlib.decompressobj(wbits=GZIP_WITH_HEADER)
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        # A full piece means that more may wait inside, even when all input is taken.
        while data or len(piece) == CHUNK:
            if self._member.eof:
                # The magic may straddle two reads; the next member's own header check decides.
                if not GZIP_MAGIC.startswith(data[:2]):
                    raise self._error("GZIP_TRAILING", "something follows the compressed data.")
                self._member = isal_zlib.decompressobj(wbits=GZIP_WITH_HEADER)
            self._started = True
            try:
                piece = self._member.decompress(data, CHUNK)
            except UNFIT as error:
                raise self._error(
                    "GZIP_CRC", f"its content contradicts itself ({error})."
                ) from None
            self._unpacked += len(piece)
            if self._unpacked > self._allowed:
                raise limit_error(self._name, self._allowed)
            yield piece
            if self._member.eof:
                data, piece = self._member.unused_data, b""
            else:
                data = self._member.unconsumed_tail

    def close(self) -> None:
        if not (self._started and self._member.eof):
            raise self._error("GZIP_TRUNCATED", "the compressed data ends too early.")

    def _error(self, code: str, what: str) -> LandingError:
        return LandingError(code, self._name, what)


def undecodable_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield the number of each line of a CSV, with its bytes where they are not UTF-8."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                yield number, line.rstrip(b"\r\n")
            else:
                yield number, None


def limit_error(name: str, allowed: int) -> LandingError:
    """Say that a file unpacks to more than it may."""
    return LandingError("UNPACK_LIMIT", name, f"it unpacks to more than {allowed:,} bytes.")


def unzip(path: Path, limits: UnpackLimits = LIMITS, declared: int = 0) -> Path:
    """Replace a zip of exactly one file by that file as `<name>.csv`; return its path.

    The member's own name is not used, so it cannot lead out of the folder.
    Raises LandingError: ZIP_UNREADABLE, ZIP_CRC, ZIP_MEMBERS, UNPACK_LIMIT.
    """
    target = path.with_suffix("").with_suffix(".csv")
    try:
        with zipfile.ZipFile(path) as archive:
            _copy_member(archive, path, target, limits.allowed(path.stat().st_size, declared))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # It is the disk, not a directory that points before the file's own beginning.
        code = "ZIP_CRC" if "CRC" in str(error) else "ZIP_UNREADABLE"
        raise LandingError(code, path.name, f"it cannot be unpacked ({error}).") from None
    except (NotImplementedError, RuntimeError) as error:
        raise LandingError("ZIP_UNREADABLE", path.name, str(error)) from None
    path.unlink()
    return target


def _copy_member(archive: zipfile.ZipFile, path: Path, target: Path, allowed: int) -> None:
    members = [member for member in archive.infolist() if not member.filename.endswith("/")]
    if len(members) != 1:
        raise LandingError("ZIP_MEMBERS", path.name, f"it holds {len(members)} files, not one.")
    unpacked = 0
    with archive.open(members[0]) as source, target.open("wb") as out:
        while chunk := source.read(CHUNK):
            if not unpacked and chunk.startswith((b"PK\x03\x04", GZIP_MAGIC)):
                raise LandingError("ZIP_MEMBERS", path.name, "it holds another archive.")
            unpacked += len(chunk)
            if unpacked > allowed:
                raise limit_error(path.name, allowed)
            out.write(chunk)


def head(path: Path, limit: int = CHUNK) -> str:
    """Return the first `limit` bytes of a CSV or gzipped CSV as text, without its BOM.

    Raises LandingError ENCODING.
    """
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        data = file.read(limit)
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data, len(data) < limit)
    except UnicodeDecodeError as error:
        raise LandingError(
            "ENCODING", path.name, f"its head is not UTF-8 ({error.reason})."
        ) from None
