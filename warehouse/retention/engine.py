"""Plan, execute, verify, certify. Each step may be repeated: a killed run goes on where it was."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from warehouse import publication
from warehouse.backups import shelf
from warehouse.lake import Lake
from warehouse.registry import deliveries
from warehouse.registry.database import Database
from warehouse.registry.suppression import purge
from warehouse.retention import begun, certificates, forgetting, lake_deletion, places
from warehouse.retention.approvals import begin_run, planned_rows
from warehouse.retention.backup import delete_backups, delete_house_backups
from warehouse.retention.begun import Begun
from warehouse.retention.catalog_cleaning import clean_catalog
from warehouse.retention.certificates import Certificate, Notary
from warehouse.retention.dates import local_date
from warehouse.retention.facts import read_events, read_stocks, suppressed_accounts
from warehouse.retention.file_keys import are_destroyed, ended_keys
from warehouse.retention.gone import note_gone
from warehouse.retention.items import Item, Plan
from warehouse.retention.levels import Reached, has_log
from warehouse.retention.plan import covers, make_plan
from warehouse.retention.policy import Policy, RetentionError
from warehouse.retention.scan import Found
from warehouse.retention.search import search
from warehouse.retention.told import Platform

STEPS: Final = (
    *("begin", "suppress", "separate", "rows", "rewrite", "publish", "history", "catalog", "serve"),
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
    """Folders elsewhere that keep the head of the chain, and what went, too."""
    backups: Path | None = None
    """Where backups of the house lie: those that hold what is deleted go with it."""
    on_step: Callable[[str], None] = _pass

    def plan(self, as_of: date) -> Plan:
        """Return what has a date, and what of it is due on a day. Changes nothing."""
        made = self.plan_anew(as_of)
        with self.registry.read() as tx:
            certified = {link.item_token for link in certificates.read_chain(tx)}
        notary = Notary(self.lake.layout.retention)
        left = (
            item for item in made.items if item.of_stock or notary.token(item.key) not in certified
        )
        return Plan(made.as_of, made.policy_digest, tuple(left))

    def plan_anew(self, as_of: date) -> Plan:
        """Return the same, also of what was certified: a backup may have brought it back."""
        stocks = read_stocks(self.registry, self.lake, self.classes, self.lake.layout)
        return make_plan(self.policy, read_events(self.registry), stocks, as_of)

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
            if self.backups:
                delete_house_backups(self.registry, self.backups, self.policy, now)
            forgetting.delete_drops(self._platform, self.drops)
            written = self._execute(begun.read_begun(self.registry), now)
            plan = self.plan(as_of)
            if plan.due:
                planned = planned_rows(self.registry, plan, self.self_approved_bytes)
                written += self._execute(self.begin(plan, planned, now), now)
            return written

    def check_chain(self) -> int:
        """Return the length of the chain of certificates. Raises RetentionError."""
        with self.registry.read() as tx:
            chain = certificates.read_chain(tx)
        found = certificates.faults(chain, certificates.read_heads(self._head_folders))
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

    def begin(self, plan: Plan, planned: Mapping[str, int], now: datetime) -> list[Begun]:
        """Keep what is due, with words of it to look for afterwards. Raises RetentionError."""
        items = []
        for item in plan.due:
            probes = lake_deletion.probes(self.lake, item, PROBES)
            probes += forgetting.probes(self._platform, item, PROBES)
            rows = planned.get(item.key, item.rows)
            items.append(Begun(item, plan.digest, rows, tuple(probes)))
        words = [word for each in items for word in each.probes]
        seen = len(search(self.lake, self.registry, self.drops, words).words)
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
        with lake_deletion.unfinished():
            items, is_clean = self._delete_in_lake(items, now)
        copies = self.serve()
        self.on_step("serve")
        places.delete_files(self.registry, self.lake.layout, wanted, now)
        forgetting.delete_files(self._platform, self.drops, wanted)
        if self.backups:
            shelf.delete_made_before(self.backups, now)
        self.on_step("files")
        is_registry_clean = places.delete_registrations(self.registry, self.lake.layout, wanted)
        self.on_step("registrations")
        self.clean_tools()
        self.on_step("tools")
        searched = self._verify(items)
        self.on_step("verify")
        keys = frozenset(key for each in items for key in each.keys)
        is_sealed = are_destroyed(self.lake.catalog, keys)
        in_log = has_log(self.lake, self.registry) or bool(copies)
        reached = Reached(is_clean, is_registry_clean, is_sealed, in_log, copies)
        return self._certify(items, searched, now, reached)

    def _suppress(self, items: Iterable[Item], now: datetime) -> None:
        with self.registry.write() as tx:
            for item in items:
                if item.billing_period:
                    purge(tx, item.company_id, item.billing_period, now)
        self.on_step("suppress")

    def _delete_in_lake(self, items: list[Begun], now: datetime) -> tuple[list[Begun], bool]:
        """Return the items, with the keys that went along, and whether bytes went with the rows."""
        served = deliveries.published_snapshot(self.registry)
        if served is None:
            return items, True
        publication.undo_unpublished(self.lake, served[0])
        held, wanted = suppressed_accounts(self.registry), [each.item for each in items]
        lake_deletion.delete_rows(self.lake, wanted, self.classes, held)
        forgetting.forget_in_lake(self.lake, wanted)
        self.on_step("rows")
        snapshot_id = lake_deletion.rewrite(self.lake)
        self.on_step("rewrite")
        deliveries.publish(self.registry, [], snapshot_id, now)
        self.on_step("publish")
        if self.lake.encrypted:
            items = begun.note_keys(self.registry, items, ended_keys(self.lake.catalog))
        lake_deletion.forget_history(self.lake, snapshot_id)
        self.on_step("history")
        is_clean = clean_catalog(self.lake.catalog)
        self.on_step("catalog")
        return items, is_clean and Path(self.lake.data_path).is_dir()

    def _verify(self, items: Sequence[Begun]) -> Found:
        """Look once more at what there is, and for the words of what was. Raises RetentionError."""
        stocks = read_stocks(self.registry, self.lake, self.classes, self.lake.layout)
        for each in items:
            left = [stock.dataset for stock in stocks if each.item.contains(stock) and stock.rows]
            if left:
                raise RetentionError(f"NOT_GONE: {each.item.key} still has rows in {left}.")
        words = {word for each in items for word in each.probes}
        searched = search(self.lake, self.registry, self.drops, words)
        if searched.words:
            held = sorted({str(path) for paths in searched.words.values() for path in paths})
            raise RetentionError(
                f"NOT_GONE: {len(searched.words)} words of what was deleted are still in"
                f" {', '.join(held)}. No certificate was written; the next run tries again."
            )
        return searched

    def _certify(
        self, items: Sequence[Begun], searched: Found, now: datetime, reached: Reached
    ) -> list[Certificate]:
        notary, written = Notary(self.lake.layout.retention), []
        with self.registry.write() as tx:
            for each in items:
                told = begun.document(each, searched, notary, self.policy, now)
                told |= reached.levels(each, self.classes)
                token = notary.token(each.item.key)
                written.append(certificates.append(tx, token, each.plan_digest, told))
                begun.end(tx, each)
        places.clean_registry(self.registry)
        self.on_step("certify")
        self._note_head()
        self.on_step("head")
        return written

    def _note_head(self) -> None:
        with self.registry.read() as tx:
            head = certificates.head_of(certificates.read_chain(tx))
        for folder in self._head_folders:
            certificates.write_head(head, folder)
        note_gone(self.registry, self._head_folders)
