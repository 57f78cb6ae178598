"""What was begun and not yet certified: kept until it is, so that a killed run ends as if alone."""

import base64
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select, update

from warehouse.registry.database import Database
from warehouse.registry.retention_tables import retention_items
from warehouse.retention.certificates import Notary
from warehouse.retention.dates import local_date, overdue_days
from warehouse.retention.items import Item
from warehouse.retention.policy import Policy
from warehouse.retention.scan import Found

TABLE = retention_items


@dataclass(frozen=True)
class Begun:
    """An item as it stood when it was begun, and the words to look for when it is gone."""

    item: Item
    plan_digest: str
    planned_rows: int
    probes: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    """What tells the keys of an encrypted lake's files that went, noted before they went."""


ADAPTER = TypeAdapter(Begun)


def read_begun(registry: Database) -> list[Begun]:
    """Return what was begun and not certified."""
    query = select(TABLE.c.item).order_by(TABLE.c.item_key)
    with registry.read() as tx:
        return [ADAPTER.validate_json(_unpacked(text)) for text in tx.execute(query).scalars()]


def begin(registry: Database, items: Iterable[Begun], now: datetime) -> None:
    """Keep what is begun, before the first of its bytes is deleted."""
    with registry.write() as tx:
        for each in items:
            values = {"item_key": each.item.key, "started_at": now, "item": _packed(each)}
            tx.execute(insert(TABLE).values(**values))


def note_keys(registry: Database, items: Iterable[Begun], keys: frozenset[str]) -> list[Begun]:
    """Keep which keys must be gone afterwards, also of a run that is killed before it looked."""
    noted = [replace(each, keys=each.keys | keys) for each in items]
    with registry.write() as tx:
        for each in noted:
            its = TABLE.c.item_key == each.item.key
            tx.execute(update(TABLE).where(its).values(item=_packed(each)))
    return noted


def end(tx: Connection, each: Begun) -> None:
    """Forget an item within the transaction of its certificate."""
    tx.execute(delete(TABLE).where(TABLE.c.item_key == each.item.key))


def _packed(each: Begun) -> str:
    """Packed: it holds words of what is deleted, and the search for them is not to find itself."""
    return base64.b85encode(zlib.compress(ADAPTER.dump_json(each))).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))


def document(
    each: Begun, searched: Found, notary: Notary, policy: Policy, now: datetime
) -> dict[str, object]:
    """Return what a certificate says of an item: rule, days and counts, tokens instead of names."""
    item = each.item
    late = overdue_days(item.dates, local_date(now, policy))
    flags = [f"OVERDUE_BY_DAYS={late}"] if late else []
    return {
        "rule": item.rule,
        "company": notary.token(item.company_id),
        "organization": notary.token(item.organization_id) if item.organization_id else None,
        "member": notary.token(item.member_id) if item.member_id else None,
        "billing_period": item.billing_period or None,
        "datasets": list(item.datasets),
        "scheduled_on": str(item.dates.scheduled_on),
        "gone_before": str(item.dates.gone_before),
        "gone_at": now.isoformat(),
        "planned_rows": each.planned_rows,
        "deleted_rows": item.rows,
        "deleted_bytes": item.bytes,
        "flags": flags + ([item.dates.conflict] if item.dates.conflict else []),
        "searched_files": searched.files,
        "searched_bytes": searched.bytes,
        "searched_words": len(each.probes),
    }
