"""Plan, execute, verify, certify. Each step may be repeated: a killed run goes on where it was."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import insert, select

from warehouse import publication
from warehouse.lake import Lake
from warehouse.registry import deliveries
from warehouse.registry.database import Database
from warehouse.registry.retention_tables import purged_periods, suppressions
from warehouse.retention import begun, forgetting, lake_deletion, places
from warehouse.retention.approvals import begin_run, planned_rows
from warehouse.retention.backup import delete_backups
from warehouse.retention.begun import Begun
from warehouse.retention.certificates import (
    Certificate,
    Notary,
    append,
    faults,
    head_of,
    read_chain,
    read_heads,
    write_head,
)
from warehouse.retention.dates import local_date
from warehouse.retention.facts import read_events, read_stocks
from warehouse.retention.items import Item, Plan
from warehouse.retention.plan import covers, make_plan
from warehouse.retention.policy import Policy, RetentionError
from warehouse.retention.scan import Found, scan
from warehouse.retention.told import Platform

STEPS: Final = (
    *("begin", "suppress", "separate", "rows", "rewrite", "publish", "history", "catalog"),
    "serve",
    *("files", "registrations", "tools", "verify", "certify", "head"),
)
PROBES: Final = 100
"""Words of each kind that are looked for, of each item."""
BLIND: Final = 0.99
"""Share of the words that must be found while they are there, or the search proves nothing."""


def _pass(_step: str) -> None:
    """Go on."""


@dataclass(frozen=True)
class Engine:
    """A house as retention sees it."""

    registry: Database
    lake: Lake
    policy: Policy
    classes: Mapping[str, str]
    """Table of the lake, or dataset of the platform -> data class."""
    drops: Path
    """Where the platform drops its files."""
    clean_tools: Callable[[], None]
    """Deletes what tools above the warehouse remember of past runs."""
    serve: Callable[[], Mapping[str, object]]
    """Publishes anew what readers open beside the lake; returns what certificates tell of it."""
    self_approved_bytes: int
    copies: Sequence[Path] = ()
    """Folders elsewhere that keep the head of the chain, too."""
    on_step: Callable[[str], None] = _pass

    def plan(self, as_of: date) -> Plan:
        """Return what has a date, and what of it is due on a day. Changes nothing."""
        stocks = read_stocks(self.registry, self.lake, self.classes, self.lake.layout)
        made = make_plan(self.policy, read_events(self.registry), stocks, as_of)
        with self.registry.read() as tx:
            certified = {link.item_token for link in read_chain(tx)}
        notary = Notary(self.lake.layout.retention)
        left = (
            item for item in made.items if item.of_stock or notary.token(item.key) not in certified
        )
        return Plan(made.as_of, made.policy_digest, tuple(left))

    def run(self, now: datetime) -> list[Certificate]:
        """Delete what is due and certify it; first finish what an earlier run began.

        Raises RetentionError, and LakeBusyError while somebody else writes.
        """
        as_of = local_date(now, self.policy)
        with self.lake.writing():
            self.check_chain()
            self._note_head()
            begin_run(self.registry, as_of, now)
            delete_backups(self.lake.layout, self.policy, now)
            forgetting.delete_drops(self._platform, self.drops)
            written = self._execute(begun.read_begun(self.registry), now)
            plan = self.plan(as_of)
            if plan.due:
                planned = planned_rows(self.registry, plan, self.self_approved_bytes)
                written += self._execute(self._begin(plan, planned, now), now)
            return written

    def check_chain(self) -> int:
        """Return the length of the chain of certificates. Raises RetentionError."""
        with self.registry.read() as tx:
            chain = read_chain(tx)
        found = faults(chain, read_heads(self._head_folders))
        if found:
            raise RetentionError(f"CHAIN_BROKEN: {'; '.join(found)}. Nothing was deleted.")
        return len(chain)

    @property
    def _head_folders(self) -> tuple[Path, ...]:
        return (self.lake.layout.retention, *self.copies)

    @property
    def _platform(self) -> Platform:
        return Platform(self.lake.layout, self.classes)

    def _unblocked(self, items: Iterable[Begun]) -> list[Begun]:
        """A hold placed since they were begun wins: what is left of them stays until it ends."""
        holds = [hold for hold in read_events(self.registry).holds if hold.lifted_at is None]
        return [each for each in items if not any(covers(hold, each.item) for hold in holds)]

    def _begin(self, plan: Plan, planned: Mapping[str, int], now: datetime) -> list[Begun]:
        items = []
        for item in plan.due:
            probes = lake_deletion.probes(self.lake, item, PROBES)
            probes += forgetting.probes(self._platform, item, PROBES)
            rows = planned.get(item.key, item.rows)
            items.append(Begun(item, plan.digest, rows, tuple(probes)))
        words = [word for each in items for word in each.probes]
        seen = len(self._search(words).words)
        if seen < BLIND * len(set(words)):
            raise RetentionError(
                f"BLIND: the search finds {seen} of {len(set(words))} words of what is to be"
                " deleted, while they are there. It would prove nothing: nothing was deleted."
            )
        begun.begin(self.registry, items, now)
        self.on_step("begin")
        return items

    def _execute(self, begun_items: Iterable[Begun], now: datetime) -> list[Certificate]:
        items = self._unblocked(begun_items)
        if not items:
            return []
        wanted = [each.item for each in items]
        self._suppress(wanted, now)
        forgetting.separate(self._platform, wanted, self.policy.zone)
        self.on_step("separate")
        is_physical = self._delete_in_lake(wanted, now)
        copies = self.serve()
        self.on_step("serve")
        places.delete_files(self.registry, self.lake.layout, wanted, now)
        forgetting.delete_files(self._platform, self.drops, wanted)
        self.on_step("files")
        places.delete_registrations(self.registry, self.lake.layout, wanted)
        self.on_step("registrations")
        self.clean_tools()
        self.on_step("tools")
        searched = self._verify(items)
        self.on_step("verify")
        # A server's own log keeps bytes that nobody here can take out.
        level = {"level": "L2" if is_physical and not copies else "L1"}
        return self._certify(items, searched, now, {**copies, **level})

    def _suppress(self, items: Iterable[Item], now: datetime) -> None:
        with self.registry.write() as tx:
            for item in items:
                key = {"company_id": item.company_id, "billing_period": item.billing_period}
                known = select(purged_periods).filter_by(**key)
                if item.billing_period and tx.execute(known).first() is None:
                    tx.execute(insert(purged_periods).values(**key, purged_at=now))
        self.on_step("suppress")

    def _accounts(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        query = select(suppressions.c.organization_id, suppressions.c.account_id)
        with self.registry.read() as tx:
            for organization_id, account_id in tx.execute(query):
                found.setdefault(organization_id, set()).add(account_id)
        return found

    def _delete_in_lake(self, items: Sequence[Item], now: datetime) -> bool:
        served = deliveries.published_snapshot(self.registry)
        if served is None:
            return True
        publication.undo_unpublished(self.lake, served[0])
        lake_deletion.delete_rows(self.lake, items, self.classes, self._accounts())
        forgetting.forget_in_lake(self.lake, items)
        self.on_step("rows")
        snapshot_id = lake_deletion.rewrite(self.lake)
        self.on_step("rewrite")
        deliveries.publish(self.registry, [], snapshot_id, now)
        self.on_step("publish")
        lake_deletion.forget_history(self.lake, snapshot_id)
        self.on_step("history")
        is_local = lake_deletion.clean_catalog(self.lake.catalog)
        self.on_step("catalog")
        registry_is_local = self.registry.engine.dialect.name == "sqlite"
        return is_local and registry_is_local and Path(self.lake.data_path).is_dir()

    def _search(self, words: Iterable[str]) -> Found:
        layout = self.lake.layout
        # A backup has a term of its own, and who asked for it has it anyway.
        out = (layout.extensions, layout.sample, layout.backups)
        return scan((layout.root, self.drops), words, out)

    def _verify(self, items: Sequence[Begun]) -> Found:
        """Look once more at what there is, and for the words of what was. Raises RetentionError."""
        stocks = read_stocks(self.registry, self.lake, self.classes, self.lake.layout)
        for each in items:
            left = [stock.dataset for stock in stocks if each.item.contains(stock) and stock.rows]
            if left:
                raise RetentionError(f"NOT_GONE: {each.item.key} still has rows in {left}.")
        words = {word for each in items for word in each.probes}
        searched = self._search(words)
        if searched.words:
            held = sorted({str(path) for paths in searched.words.values() for path in paths})
            raise RetentionError(
                f"NOT_GONE: {len(searched.words)} words of what was deleted are still in"
                f" {', '.join(held)}. No certificate was written; the next run tries again."
            )
        return searched

    def _certify(
        self, items: Sequence[Begun], searched: Found, now: datetime, also: Mapping[str, object]
    ) -> list[Certificate]:
        notary, written = Notary(self.lake.layout.retention), []
        with self.registry.write() as tx:
            for each in items:
                told = begun.document(each, searched, notary, self.policy, now) | {**also}
                token = notary.token(each.item.key)
                written.append(append(tx, token, each.plan_digest, told))
                begun.end(tx, each)
        places.clean_registry(self.registry)
        self.on_step("certify")
        self._note_head()
        self.on_step("head")
        return written

    def _note_head(self) -> None:
        with self.registry.read() as tx:
            head = head_of(read_chain(tx))
        for folder in self._head_folders:
            write_head(head, folder)
