"""Run by Alembic, on the connection and in the transaction that `migrate` opened."""

from alembic import context

from warehouse.registry import access_tables, retention_tables  # noqa: F401 - join METADATA
from warehouse.registry.migrate import VERSION_TABLE
from warehouse.registry.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
