"""A real PostgreSQL server for the tests: found on this machine, thrown away afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

PROGRAMS = ("initdb", "pg_ctl", "postgres")
SETTINGS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50"

ENTRANCES = "local all finhouse trust\nlocal all all scram-sha-256\n"
"""The tests' superuser comes in as he is, everybody else with his password."""


def postgres_programs() -> Path | None:
    """Return the folder of the newest server. Debian keeps it off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    folders = [*debian, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((at for at in folders if all((at / name).exists() for name in PROGRAMS)), None)


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdecimal() else 0


def _unprivileged() -> dict[str, Any]:
    """As root, drop to another user: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a throw-away cluster that listens on a socket only."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("needs a PostgreSQL server: install it with `apt-get install postgresql`")
    identity = _unprivileged()
    # Not under pytest's own folder: that one is closed to other users. And socket paths are short.
    folder = Path(tempfile.mkdtemp(prefix="finhouse-pg-"))
    try:
        os.chown(folder, identity.get("user", -1), identity.get("group", -1))
        with _running(programs, folder, identity):
            yield f"postgresql+psycopg://finhouse@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(programs: Path, folder: Path, identity: dict[str, Any]) -> Iterator[None]:
    def run(program: str, *arguments: str) -> None:
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        with (folder.parent / f"{folder.name}.out").open("w+") as output:
            Path(output.name).unlink()
            done = subprocess.run(
                [programs / program, "-D", folder / "data", *arguments],
                cwd=folder, env=environment, stdout=output, stderr=output, check=False, **identity,
            )  # fmt: skip
            output.seek(0)
            said = output.read()
        if done.returncode:
            raise RuntimeError(f"{program} failed: {said}")

    run("initdb", "-U", "finhouse", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
    (folder / "data" / "pg_hba.conf").write_text(ENTRANCES)
    run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", f"{SETTINGS} -k {folder}")
    try:
        yield
    finally:
        run("pg_ctl", "stop", "-m", "immediate")


@pytest.fixture
def fresh_postgres_url(postgres_url: str) -> str:
    """SQLAlchemy URL of the same cluster, emptied: a new schema is quicker than a database."""
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("set local lock_timeout = '20s'"))
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))
    return postgres_url
