"""The lake's catalog as the database it is: what DuckLake does not tell is asked there."""

from pathlib import Path

import psycopg
from sqlalchemy import Engine, NullPool, create_engine, inspect, text

WAIT_SECONDS = 30
SERVER = "postgresql"


def open_catalog(catalog: str) -> Engine | None:
    """Connect to a catalog, given as it follows `ducklake:`.

    None when there is none yet, or none of a kind that we know how to clean.
    """
    kind, _, address = catalog.partition(":")
    if kind == "sqlite" and Path(address).exists():
        return create_engine(
            f"sqlite:///{address}", poolclass=NullPool, connect_args={"timeout": WAIT_SECONDS}
        )
    if kind == "postgres":
        waiting = f"-c lock_timeout={WAIT_SECONDS}s"
        return create_engine(
            f"{SERVER}+psycopg://",
            poolclass=NullPool,
            creator=lambda: psycopg.connect(address, options=waiting),
        )
    return None


def is_encrypted(catalog: str) -> bool | None:
    """Tell whether the lake was made with encrypted files; None when it is not made yet."""
    engine = open_catalog(catalog)
    if engine is None or not inspect(engine).has_table("ducklake_metadata"):
        return None
    with engine.connect() as connection:
        query = "select value from ducklake_metadata where key = 'encrypted' and scope is null"
        return connection.execute(text(query)).scalar() == "true"
