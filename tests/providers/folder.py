"""A folder that stands for a provider's store."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folder:
    """Files by their keys."""

    root: Path

    @property
    def location(self) -> str:
        """What a connection calls it."""
        return str(self.root)

    def put(self, key: str, content: bytes) -> None:
        """Write a file."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def get(self, key: str) -> bytes:
        """Read a file."""
        return (self.root / key).read_bytes()

    def remove(self, key: str) -> None:
        """Remove a file."""
        (self.root / key).unlink()
