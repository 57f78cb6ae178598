"""Give commands in processes of their own that need not import the house: it takes seconds each.

`python -m tests.journeys.forked` imports it, reads orders, and forks a process for each: one that
did nothing yet, as one that its operator starts.
"""

import atexit
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from pipelines.settings import PROJECT

STREAMS = ("in", "out", "err")
IMPORTED = (
    *("pipelines.cli.main", "pipelines.cli.refresh", "pipelines.assets.by_hand"),
    *(f"pipelines.providers.{cloud}.provider" for cloud in ("aws", "azure", "gcp")),
)


def give(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a `finhouse` command to its end; return its exit code, stdout and stderr."""
    with TemporaryDirectory() as folder:
        for name in STREAMS:
            (Path(folder) / name).touch()
        order = {"arguments": arguments, "environment": dict(environment), "folder": folder}
        server = _server()
        assert server.stdin
        assert server.stdout
        print(json.dumps(order), file=server.stdin, flush=True)
        code = int(server.stdout.readline())
        out, err = ((Path(folder) / name).read_text("utf-8") for name in STREAMS[1:])
    return code, out, err


@cache
def _server() -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # It ends when nobody can give it orders any more.
    atexit.register(started.communicate)
    return started


def main() -> None:
    """Fork a process for each order; tell how it ended."""
    for module in IMPORTED:
        import_module(module)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _command(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _command(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> NoReturn:
    app = import_module("pipelines.cli.main").app
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    for descriptor, name in enumerate(STREAMS):
        with (Path(folder) / name).open("r+b") as file:
            os.dup2(file.fileno(), descriptor)
    code: int | str | None = 1
    try:
        app(arguments, prog_name="finhouse")
    except SystemExit as ended:
        code = ended.code
    except Exception:  # noqa: BLE001 - it is said, and told by the exit code
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Not by the end of Python: libraries would look for threads that only the parent has.
    os._exit(int(code or 0))


if __name__ == "__main__":
    main()
