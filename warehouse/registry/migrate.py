"""Bring a registry database to the schema of this version."""

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from warehouse.registry.database import Database
from warehouse.registry.errors import UnavailableError
from warehouse.registry.revision import MIGRATIONS, revision

ADVISORY_LOCK: Final = 7_232_174_911_031_842_051


def migrate(database: Database) -> None:
    """Upgrade to head.

    Raises UnavailableError when the database was written by a newer version.
    """
    config = configure()
    with database.write() as connection:
        lock(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise UnavailableError(
                f"The registry's schema {revision(connection)!r} is unknown to this version.",
                "It was written by a newer Finhouse: upgrade this one.",
            ) from error


def downgrade(database: Database, target: str = "base") -> None:
    """Go back to an older schema. What the newer one held in addition is lost."""
    config = configure()
    with database.write() as connection:
        lock(connection)
        config.attributes["connection"] = connection
        command.downgrade(config, target)


def configure() -> Config:
    """Point Alembic at the packaged migrations: no ini file, no working directory."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def lock(connection: Connection) -> None:
    """Let one process migrate at a time. SQLite's write transaction already does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
