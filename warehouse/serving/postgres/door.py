"""The door itself: load what is published, follow the rights, forget what was deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from warehouse import spilling
from warehouse.lake import Lake
from warehouse.registry import deliveries
from warehouse.registry.database import Database
from warehouse.serving.contents import Description
from warehouse.serving.digests import Digests, read_digests
from warehouse.serving.postgres import comments, hardening, loading, parts, rights, shape
from warehouse.serving.postgres.loading import Loaded, Source
from warehouse.serving.postgres.server import PostgresError, Server, Session
from warehouse.serving.postgres.shape import LOCK, Mart

SHOWN: Final = 5
"""Open things that a refusal names."""


@dataclass(frozen=True)
class Door:
    """A serving database of this installation."""

    server: Server
    registry: Database
    lake: Lake
    descriptions: Mapping[str, Description] = field(default_factory=dict)
    """What the marts mean, for their comments."""

    def sync(self) -> Loaded | None:
        """Serve the published snapshot; None before the first refresh.

        Raises PostgresError: what was served is served on.
        """
        loaded = self._serve()
        if loaded is not None:
            self._rewrite(all_dead=False)
        return loaded

    def forget(self) -> dict[str, int]:
        """Serve what is published and take every deleted row's bytes off the server's tables.

        Returns how many parts were written anew and how many rows there are: exactly the lake's.
        Raises PostgresError; the same again goes on where it ended.
        """
        loaded = self._serve()
        rewritten = [] if loaded is None else self._rewrite(all_dead=True)
        self.server.run(parts.drop_empty_slots)
        rows = 0 if loaded is None else self.server.run(parts.count_rows)
        return {"rewritten_parts": len(rewritten), "rows": rows}

    def _rewrite(self, *, all_dead: bool) -> list[str]:
        return self.server.attempt(lambda _: parts.rewrite_bloated(self.server, all_dead=all_dead))

    def _serve(self) -> Loaded | None:
        published = deliveries.published_snapshot(self.registry)
        self.server.attempt(_prepare)
        if published is None:
            return None
        with self.lake.connect(published[0]) as lake:
            marts = shape.read_marts(lake)
            layout, names = self.lake.layout, [mart.name for mart in marts]
            wanted = read_digests(lake, published[0], names, layout.digests)
            self._make_parts(marts, wanted)
            source = Source(lake, spilling.of_this_process(layout))

            def load(session: Session) -> Loaded:
                session.execute(LOCK)
                _reshape(session, marts, wanted)
                comments.describe(session, self.descriptions)
                slots = parts.slots_of(session)
                return loading.load(session, source, marts, wanted, slots, published)

            loaded = self.server.run(load)
        rights.follow_rights(self.server, self.registry)
        return loaded

    def admit(self, member_id: str) -> str:
        """Give a member a new password and the rights he has; return the password."""
        self.server.attempt(_prepare)
        password = self.server.run(lambda session: rights.admit(session, member_id))
        rights.follow_rights(self.server, self.registry)
        return password

    def dismiss(self, member_id: str) -> int:
        """Close the door for a member until he is given a password again."""
        return rights.dismiss(self.server, member_id)

    def _make_parts(self, marts: list[Mart], wanted: Digests) -> None:
        """Make what new organizations need before anything is loaded.

        A mart at a time: making one keeps its readers waiting, and two at once could cross them.
        """
        islands = {key.island for key in wanted}
        slots = self.server.run(lambda session: parts.number(session, islands))
        needed = {(key.mart, slots[key.island]) for key in wanted}
        missing = needed - self.server.run(parts.existing).keys()
        there = self.server.run(shape.served_columns).keys()
        for mart in marts:
            its = sorted(slot for name, slot in missing if name == mart.name)
            if its or mart.name not in there:
                self.server.run(partial(_make, mart=mart, slots=its))


def _make(session: Session, mart: Mart, slots: list[int]) -> None:
    session.execute(LOCK)
    if mart.name not in shape.served_columns(session):
        shape.create_mart(session, mart)
    there = parts.existing(session)
    for slot in slots:
        if (mart.name, slot) not in there:
            parts.create_part(session, mart.name, slot)


def _reshape(session: Session, marts: list[Mart], wanted: Digests) -> None:
    """Make marts anew whose columns changed, within the load: nobody sees them empty."""
    slots, served = parts.slots_of(session), shape.served_columns(session)
    for name in served.keys() - {mart.name for mart in marts}:
        _drop(session, name)
    for mart in marts:
        if served[mart.name] != mart.columns:
            _drop(session, mart.name)
            shape.create_mart(session, mart)
            for slot in sorted({slots[key.island] for key in wanted if key.mart == mart.name}):
                parts.create_part(session, mart.name, slot)


def _drop(session: Session, mart: str) -> None:
    shape.drop_mart(session, mart)
    session.execute("delete from finhouse_store.slices where mart = %s", [mart])
    session.execute("delete from finhouse_store.parts where mart = %s", [mart])


def _prepare(session: Session) -> None:
    """Refuse a server that leaks; make what every load needs."""
    found = hardening.faults(session)
    if found:
        more = [f"and {len(found) - SHOWN} more"] if found[SHOWN:] else []
        shown = "; ".join(found[:SHOWN] + more)
        raise PostgresError(
            f"The server is open: {shown}. Let a superuser run what `finhouse postgres setup`"
            " prints; see docs/postgres.md. Nothing was changed."
        )
    with session.transaction():
        shape.create_store(session)
