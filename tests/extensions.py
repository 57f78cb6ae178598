"""DuckDB's extensions, unpacked once for all houses of a test run: they are 130 MB."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from warehouse.lake import install_extensions
from warehouse.layout import Layout


@cache
def extensions() -> Path:
    """Return the folder of this process, unpacked by the house's own means."""
    folder = Path(tempfile.mkdtemp(prefix="finhouse-extensions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    install_extensions(folder)
    return folder


def share_extensions(layout: Layout) -> None:
    """Let a house use them too, unless it has its own."""
    layout.root.mkdir(parents=True, exist_ok=True)
    if not layout.extensions.exists():
        layout.extensions.symlink_to(extensions())
