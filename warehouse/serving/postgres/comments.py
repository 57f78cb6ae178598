"""What tables and columns mean, where BI tools look for it: PostgreSQL's comments.

Catalogs show everybody every comment. These are the models' descriptions, the same wherever
Finhouse runs: they tell of no customer, and the names of a closed menu's marts stand there anyway.
"""

from collections.abc import Mapping
from typing import Final

from psycopg import sql

from warehouse.serving.contents import ABOUT, Description
from warehouse.serving.postgres import shape
from warehouse.serving.postgres.server import Session

ABOUT_DESCRIBED: Final = Description(
    "One row: what is served. Every mart is of this snapshot.",
    {
        "snapshot_id": "Snapshot of the lake that is served.",
        "published_at": "When that snapshot was published.",
        "loaded_at": "When it was brought here.",
    },
)
SAID: Final = """\
select c.relnamespace::regnamespace::text, c.relname, a.attname::text, d.description
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = c.oid
    and d.objsubid = a.attnum
where c.relkind = 'v' and c.relnamespace::regnamespace::text = any(%(schemas)s)
union all
select c.relnamespace::regnamespace::text, c.relname, null, d.description
from pg_class c
left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = c.oid
    and d.objsubid = 0
where c.relkind = 'v' and c.relnamespace::regnamespace::text = any(%(schemas)s)
order by 1, 2, 3
"""


def describe(session: Session, descriptions: Mapping[str, Description]) -> None:
    """Say what every view and column means that does not say so yet. Readers are not in the way."""
    known = {**descriptions, ABOUT: ABOUT_DESCRIBED}
    missing = []
    for schema, view, column, said in session.execute(
        SAID, {"schemas": [shape.ABOUT, *shape.MENUS]}
    ).fetchall():
        if described := known.get(view):
            text = described.columns.get(column, "") if column else described.table
            if text and text != said:
                missing.append(_comment(schema, view, column, text))
    if missing:
        session.execute(sql.SQL("; ").join(missing))


def _comment(schema: str, view: str, column: str | None, text: str) -> sql.Composed:
    what = sql.SQL("column" if column else "view")
    name = sql.Identifier(*filter(None, (schema, view, column)))
    return sql.SQL("comment on {} {} is {}").format(what, name, sql.Literal(text))
