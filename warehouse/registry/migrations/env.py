"""Run by Alembic, on the connection and in the transaction that `migrate` opened."""

from alembic import context

# They join METADATA by being imported.
from warehouse.registry import (  # noqa: F401
    access_tables,
    commitment_tables,
    retention_tables,
)
from warehouse.registry.revision import VERSION_TABLE
from warehouse.registry.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
