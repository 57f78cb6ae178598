"""Where backups lie: what each holds, whether it is whole, and when it goes."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from warehouse.unpacking import FileFacts

MANIFEST: Final = "manifest.json"
TOLD: Final = 5
"""Faults that a message names."""
SQLITE: Final = ".sqlite"
ARRIVING: Final = ".arriving"
"""Ends the name of a backup being written. Nobody lists it, and the next one sweeps it."""


class BackupError(Exception):
    """A backup was not made, or not restored. Starts with a stable upper-case word."""


@dataclass(frozen=True)
class Backup:
    """One backup: a folder laid out like the data folder, with a manifest."""

    path: Path
    made_at: datetime
    snapshot_id: int | None
    """What readers saw; None before anything was published."""
    certificates: int
    files: Sequence[FileFacts]

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.files)


def arriving_of(target: Path) -> Path:
    """Return where a backup is written before it appears."""
    return target.with_suffix(ARRIVING)


def sweep(shelf: Path) -> None:
    """Remove what killed processes left half written. Hold `Lake.writing()`, as writers do."""
    for path in shelf.glob(f"*{ARRIVING}"):
        shutil.rmtree(path)


def write_manifest(backup: Backup, folder: Path) -> None:
    """Write what a backup holds beside it."""
    told = {
        "made_at": backup.made_at.isoformat(),
        "snapshot_id": backup.snapshot_id,
        "certificates": backup.certificates,
        "files": [asdict(file) for file in backup.files],
    }
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_backup(path: Path) -> Backup:
    """Read a backup's manifest. Raises BackupError."""
    try:
        told = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        files = tuple(FileFacts(**file) for file in told["files"])
        made_at = datetime.fromisoformat(told["made_at"])
        return Backup(path, made_at, told["snapshot_id"], told["certificates"], files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(
            f"NO_BACKUP: {path} is no backup that can be read: {error}."
            " `finhouse backup list` names those that are there."
        ) from error


def every_backup(shelf: Path) -> list[Backup]:
    """Return the backups of a folder, oldest first."""
    manifests = shelf.glob(f"*/{MANIFEST}")
    found = [read_backup(path.parent) for path in manifests if path.parent.suffix != ARRIVING]
    return sorted(found, key=lambda backup: backup.made_at)


def find_backup(shelf: Path, name: str | None) -> Backup:
    """Return a backup by its name or its folder, wherever that is, or the newest one."""
    if name is None:
        found = every_backup(shelf)
        if not found:
            raise BackupError(f"NO_BACKUP: there is none in {shelf}. Name the folder of one.")
        return found[-1]
    return read_backup(shelf / name if (shelf / name).is_dir() else Path(name))


def facts_of(folder: Path) -> Iterator[FileFacts]:
    """Yield size and hash of every file below a folder, by its name within, but the manifest."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield FileFacts(name, path.stat().st_size, digest)


def check(backup: Backup, folder: Path) -> None:
    """Hold that a folder is what the manifest says, byte by byte. Raises BackupError."""
    expected = {file.name: file for file in backup.files}
    found = {file.name: file for file in facts_of(folder)}
    faults = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    faults += [f"{name} does not belong to it" for name in sorted(found.keys() - expected.keys())]
    faults += [
        f"{name} was changed"
        for name in sorted(expected.keys() & found.keys())
        if expected[name] != found[name]
    ]
    faults += _broken_databases(folder, (name for name in found if name.endswith(SQLITE)))
    if faults:
        raise BackupError(
            f"BACKUP_DAMAGED: {backup.path} has {len(faults)} faults:"
            f" {'; '.join(faults[:TOLD])}. Take another one: `finhouse backup list`."
        )


def _broken_databases(folder: Path, names: Iterable[str]) -> list[str]:
    broken = []
    for name in names:
        # Immutable: SQLite would otherwise leave files beside it, which belong to no backup.
        address = f"{(folder / name).resolve().as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(address, uri=True)) as database:
                [(said,)] = database.execute("pragma integrity_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said != "ok":
            broken.append(f"{name} is no whole database: {said}")
    return broken


def delete_made_before(shelf: Path, instant: datetime) -> int:
    """Delete the backups that hold what was deleted at an instant; return how many.

    Hold `Lake.writing()`: one that is being written holds it, too.
    """
    sweep(shelf)
    stale = [backup for backup in every_backup(shelf) if backup.made_at <= instant]
    for backup in stale:
        shutil.rmtree(backup.path)
    return len(stale)


def delete_outlived(shelf: Path, instant: datetime) -> int:
    """Delete the backups made before an instant, but for the newest; return how many."""
    outlived = [backup for backup in every_backup(shelf)[:-1] if backup.made_at < instant]
    for backup in outlived:
        shutil.rmtree(backup.path)
    return len(outlived)
