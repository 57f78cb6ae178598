"""PostgreSQL as this installation serves by it: where it is, and who keeps it up to date."""

from dataclasses import replace

from pipelines.house import House
from pipelines.serving import descriptions
from pipelines.settings import settings
from warehouse.registry.database import Database
from warehouse.registry.history import last_history_id
from warehouse.registry.store import Registry
from warehouse.serving.postgres.door import Door
from warehouse.serving.postgres.rights import follow_rights
from warehouse.serving.postgres.server import PostgresError, Server


def server() -> Server | None:
    """Return the serving database, if there is one."""
    url = settings().postgres_url
    return Server(url.get_secret_value()) if url else None


def postgres_door(house: House) -> Door:
    """Return the door of a house. Raises PostgresError when none is set up."""
    if found := server():
        return Door(found, house.registry, house.lake, descriptions())
    raise PostgresError("No PostgreSQL serves. Set FINHOUSE_POSTGRES_URL; see docs/postgres.md.")


def serve_in_postgres(house: House) -> list[str]:
    """Serve what is published, where a PostgreSQL is set up; return why it could not be.

    The lake is published already: a server that is away takes nothing of that back.
    """
    if server() is None:
        return []
    try:
        postgres_door(house).sync()
    except PostgresError as error:
        return [str(error)]
    return []


def followed_by_postgres(registry: Registry) -> Registry:
    """Return the registry so that every change of rights reaches PostgreSQL with its commit."""
    found = server()
    if found is None:
        return registry
    with registry.read() as tx:
        seen = last_history_id(tx)

    def tell(seen: list[int]) -> None:
        with registry.read() as tx:
            newest = last_history_id(tx)
        if newest != seen[0]:
            seen[0] = newest
            _follow(found, registry)

    known = [seen]
    return replace(registry, on_commit=lambda: tell(known))


def _follow(found: Server, registry: Database) -> None:
    try:
        follow_rights(found, registry)
    except PostgresError as error:
        raise PostgresError(f"The change is made, but not yet in PostgreSQL. {error}") from error
