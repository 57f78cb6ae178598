"""Where files for other people are delivered, each whole or not at all; and a folder as one."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipelines.providers.store import StoreError
from warehouse.extracts.report import replacing


class Outbox(Protocol):
    """A place to deliver to. Keys have forward slashes and stay below it."""

    def put(self, source: Path, key: str) -> str:
        """Put a copy of a file there, replacing the one before at once; return its address.

        Raises StoreError when the place refuses or does not answer.
        """


@dataclass(frozen=True)
class FolderOutbox:
    """A folder of this machine, or one mounted into it."""

    root: Path

    def put(self, source: Path, key: str) -> str:
        """Copy a file below the folder, which must be there: a mount may be missing."""
        if not self.root.is_dir():
            raise StoreError(
                "MISSING", str(self.root), "there is no such folder.", "Create or mount it."
            )
        target = self.root / key
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"a folder cannot be made: {error.strerror}."
            raise StoreError("REFUSED", str(target.parent), what, "Let the house in.") from error
        with replacing(target) as arriving:
            shutil.copyfile(source, arriving)
        return str(target)
