"""A soak: random deliveries, random kills, and at any rest the numbers that the raw files have."""

import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from tests.journeys.installation import Installation
from tests.providers.aws.deliveries import NOON
from tests.soak.bills import Bill, Line, Payer, Total
from tests.soak.running import end_by_kill, finish
from tests.soak.traces import traces
from warehouse.registry.sources import Source

COMPANIES: Final = ("한빛상사 Hanbit", "Größe & Söhne", "Müller's 株式会社")
ORGANIZATIONS: Final = ("커머스", "Platform", "R&D")
MONTHS: Final = ("2026-06", "2026-07", "2026-08", "2026-09")
ACCOUNTS: Final = len(ORGANIZATIONS) + 1
"""Accounts of each payer: one of each organization, and one that nobody registered."""
DATASETS: Final = {"aws": "cur2", "azure": "cost", "gcp": "detailed"}
FILES: Final = {"aws": "csv.gz", "azure": "csv.gz", "gcp": "jsonl.gz"}
WHOLE: Final = ("restated", "duplicate")
ASIDE: Final = ("late", "truncated", "missing", "unread")
"""What must change nothing: written only where the month's last whole delivery is served."""
SETTINGS: Final = {
    # What is superseded, or that a killed run left, is swept at once.
    "FINHOUSE_LANDING_RETENTION_DAYS": "0",
    "FINHOUSE_SNAPSHOT_RETENTION_HOURS": "0",
    "FINHOUSE_MEMORY_LIMIT": "1GB",
}


FIRST_SECONDS: Final = 15
"""Within which the first refresh is killed; others within what one takes that is left alone."""


class SoakError(AssertionError):
    """The house is not what the raw files say; its folder is kept."""


@dataclass
class Month:
    """What was delivered of one payer's month."""

    bill: Bill
    at: datetime
    is_served: bool = False


@dataclass
class Soak:
    """A house, its buckets, and what happened to them."""

    root: Path
    seed: int
    tell: Callable[[str], None]
    most_lines: int = 40
    periods: Sequence[str] = MONTHS
    counts: dict[str, int] = field(default_factory=dict)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """Payer and account -> organization."""
    payers: dict[str, tuple[str, Payer]] = field(default_factory=dict)
    """Connection -> company, payer."""
    months: dict[tuple[str, str], Month] = field(default_factory=dict)
    refresh_seconds: float = 0

    def __post_init__(self) -> None:
        """Make the companies, and connect each of them to each cloud."""
        self.chance = random.Random(self.seed)  # noqa: S311 - a story is to be told again
        self.house = Installation(self.root, SETTINGS)
        self.now = NOON
        for number, name in enumerate(COMPANIES):
            self._found(number, name)

    def _found(self, number: int, name: str) -> None:
        registry = self.house.house.registry
        company = registry.companies.add(name, plan="standard").company_id
        organizations = [
            registry.organizations.add(each, company=company).organization_id
            for each in ORGANIZATIONS
        ]
        for provider, dataset in DATASETS.items():
            # The last company's files are Parquet.
            kind = "parquet" if number == len(COMPANIES) - 1 else FILES[provider]
            folder = self.root / "buckets" / f"{provider}-{number}"
            folder.mkdir(parents=True)
            accounts = [_account(provider, number, index) for index in range(ACCOUNTS)]
            payer = Payer(provider, dataset, _payer(provider, number), kind, folder, accounts)
            source = Source(provider, str(folder), "daily", dataset, options=payer.options)
            made = registry.connections.add(f"{provider} {number}", source, company=company)
            self.payers[made.connection_id] = (company, payer)
            for account, organization_id in zip(accounts, organizations, strict=False):
                registry.accounts.add(provider, account, organization_id, company=company)
                self.owners[payer.number, account] = organization_id

    def deliver(self) -> None:
        """Let one payer's month happen: new, restated, again, late or broken."""
        connection_id = self.chance.choice(sorted(self.payers, key=self._name))
        period = self.chance.choice(self.periods)
        known = self.months.get((connection_id, period))
        kind = "new"
        if known:
            kind = self.chance.choice((*WHOLE, "restated", *(ASIDE if known.is_served else ())))
        payer = self.payers[connection_id][1]
        if kind == "unread" and (payer.provider, payer.file_type) == ("gcp", "parquet"):
            kind = "truncated"
        self.now += timedelta(minutes=self.chance.randint(1, 600))
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.tell(f"{kind:9} {self._name(connection_id):8} {period}")
        if known and kind in ASIDE:
            self._put_aside(payer, period, known, kind)
            return
        if kind != "duplicate" or known is None:
            known = Month(self._bill(payer), self.now)
            self.months[connection_id, period] = known
        files = payer.write(period, known.bill, known.at)
        payer.keep(period, files, self.root / "truth")

    def _put_aside(self, payer: Payer, period: str, served: Month, kind: str) -> None:
        at = served.at - timedelta(minutes=30) if kind == "late" else self.now
        files = payer.write(period, self._bill(payer), at, unread=kind == "unread")
        if kind == "truncated":
            for path in files:
                content = path.read_bytes()
                path.write_bytes(content[: len(content) // 2])
        elif kind == "missing":
            self.chance.choice(files).unlink()

    def _bill(self, payer: Payer) -> Bill:
        return [
            Line(
                line,
                self.chance.choice(payer.accounts),
                Decimal(self.chance.randint(-(10**6), 10**9)).scaleb(-6),
            )
            for line in range(self.chance.randint(2, self.most_lines))
        ]

    def refresh(self, *, kill: bool) -> None:
        """Refresh to the end, or until it is killed at some moment."""
        began = time.monotonic()
        if kill:
            after = self.chance.uniform(0.1, self.refresh_seconds or FIRST_SECONDS)
            alone = self.chance.random() < 0.5
            ended = end_by_kill(self.house, after, alone=alone)
            what = "killed alone" if alone else "killed with its children"
            self.counts["killed"] = self.counts.get("killed", 0) + ended
            self.tell(f"refresh {what} after {after:.1f} s" + ("" if ended else ": it had ended"))
            return
        said = finish(self.house)
        self.refresh_seconds = time.monotonic() - began
        self.counts["refreshed"] = self.counts.get("refreshed", 0) + 1
        self.tell(f"refresh ended after {self.refresh_seconds:.1f} s")
        for month in self.months.values():
            month.is_served = True
        self.check(said)

    def check(self, said: str) -> None:
        """Compare every total with the truth. Raises SoakError."""
        faults = [
            f"{what}: {key} is {seen.get(key)}, the raw files say {truth.get(key)}"
            for what, seen, truth in self._compared()
            for key in sorted(seen.keys() | truth.keys())
            if seen.get(key) != truth.get(key)
        ]
        faults += traces(self.house)
        if faults:
            raise SoakError("\n".join([*faults[:20], "The last refresh said:", said]))

    def _compared(
        self,
    ) -> list[tuple[str, dict[tuple[str, ...], Total], dict[tuple[str, ...], Total]]]:
        by_connection: dict[tuple[str, ...], Total] = {}
        by_organization: dict[tuple[str, ...], Total] = {}
        for connection_id, (company, payer) in self.payers.items():
            for (period, account), total in payer.truth(self.root / "truth").items():
                organization = self.owners.get((payer.number, account), "unassigned")
                _add(by_connection, (connection_id, period), total)
                _add(by_organization, (company, organization, period), total)
        return [
            ("ledger", self._seen("connection_id, billing_period", LEDGER), by_connection),
            *(
                (mart, self._seen(ORGANIZATION, mart, "sum(charge_count)::bigint"), by_organization)
                for mart in ("fct_daily_costs", "fct_monthly_costs")
            ),
        ]

    def _seen(self, keys: str, table: str, count: str = "count(*)") -> dict[tuple[str, ...], Total]:
        rows = self.house.ask(f"select {keys}, sum(billed_cost), {count} from {table} group by all")
        # A month after one with costs has its row in fct_monthly_costs, also when it has none.
        return {tuple(key): (cost, lines) for *key, cost, lines in rows if cost or lines}

    def _name(self, connection_id: str) -> str:
        payer = self.payers[connection_id][1]
        return payer.folder.name

    def forget(self) -> None:
        """Delete what a soak that held leaves behind."""
        shutil.rmtree(self.root)


LEDGER: Final = "lake.intermediate.int_charges"
ORGANIZATION: Final = "company_id, organization_id, billing_period"


def _add(totals: dict[tuple[str, ...], Total], key: tuple[str, ...], more: Total) -> None:
    cost, lines = totals.get(key, (Decimal(0), 0))
    totals[key] = (cost + more[0], lines + more[1])


def _payer(provider: str, number: int) -> str:
    return {"aws": f"90000000000{number}", "azure": f"80000{number}"}.get(
        provider, f"01A2B{number}-C4D5E6-F7A8B9"
    )


def _account(provider: str, number: int, index: int) -> str:
    """Return an account's id as its cloud spells it."""
    if provider == "aws":
        return f"1{number}{index}000000000"
    if provider == "azure":
        return f"aaaaaaaa-0000-0000-000{number}-00000000000{index}"
    return f"shop-{number}-{index}"
