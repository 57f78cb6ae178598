"""What every cloud's sample bills share: the company, the months, what each delivery knows."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pipelines.providers.contract import BillingPeriod

COMPANY = "한빛상사 Hanbit Trading"
ORGANIZATIONS = (
    "Platform",
    "커머스 Commerce",
    "데이터 Data",
    "게임 Games",
    "물류 Logistics",
    "Media",
    "결제 Payments",
    "Research",
    "해외사업 Global",
    "IT지원 Helpdesk",
)
WORKLOADS = (
    "commerce-prod",
    "data-lake",
    "게임서버",
    "staging",
    "ml-research",
    "배송추적",
    "backoffice",
)
UNREGISTERED_ACCOUNT = "sandbox-poc"

CLOSING = timedelta(days=6)
"""Clouds finalise a bill within about two weeks after the month; here after six days."""
REPORTING_LAG = timedelta(hours=3)
"""Usage reaches a bill about this late."""
LATE_USAGE = timedelta(hours=9)
"""What the first delivery after a month's end still lacks."""
STAGES_APART = timedelta(hours=6)
"""How much earlier the first stage ends than the restated one."""


@dataclass(frozen=True)
class Account:
    """One account, subscription or project. The id is text: an account's may begin with zeros."""

    account_no: int
    """0 is the payer; the order is the order of registration."""
    account_id: str
    name: str
    organization: str | None
    """None: nobody registered it, so its cost must surface as unassigned."""
    workload: str


@dataclass(frozen=True)
class SampleExport:
    """One bill export of one payer."""

    key: str
    """What `--exports` calls it, and its folder."""
    payer_name: str
    name: str
    dataset: str
    file_type: str

    @property
    def options(self) -> Mapping[str, str]:
        """What a connection to it needs besides."""
        return {}


class Stage(StrEnum):
    """Which deliveries to write: each month's first one, or what came later."""

    FIRST = "first"
    RESTATED = "restated"


def newest_delivery(now: datetime) -> datetime:
    """Return the last full quarter of a day: bills made twice in it are the same."""
    return now.replace(hour=now.hour // 6 * 6, minute=0, second=0, microsecond=0)


def newest_month(as_of: datetime) -> BillingPeriod:
    """Return the month that both stages can bill at this time."""
    return BillingPeriod.parse(f"{as_of - 2 * STAGES_APART:%Y-%m}")


@dataclass(frozen=True)
class SampleSpec:
    """Size, months and seed of the sample. The same spec always gives the same bills."""

    as_of: datetime
    """The newest delivery's time (UTC)."""
    until: BillingPeriod
    """The last month."""
    stage: Stage = Stage.FIRST
    months: int = 4
    rows: int = 8_000
    """Line items per full month and export, about: the commitments' hourly rows are the least."""
    accounts: int = 4
    """Accounts, subscriptions or projects per payer."""
    organizations: int = 6
    seed: int = 1
    exports: tuple[SampleExport, ...] = ()
    rows_per_file: int = 1_000_000

    def __post_init__(self) -> None:
        """Refuse what no bill could be written for."""
        if self.as_of.tzinfo is None:
            raise ValueError(f"as_of {self.as_of} has no time zone: write it as UTC.")
        if not 1 <= self.organizations <= len(ORGANIZATIONS):
            raise ValueError(f"A company has 1 to {len(ORGANIZATIONS)} organizations.")
        if min(self.months, self.accounts, self.rows) < 1:
            raise ValueError("months, accounts and rows start at 1.")
        if self.as_of <= midnight(self.until) + REPORTING_LAG:
            raise ValueError(
                f"Nothing of {self.until} is billed yet at {self.as_of:%Y-%m-%d %H:%M} UTC: "
                "choose an earlier --until or a later --as-of."
            )

    @property
    def organization_names(self) -> tuple[str, ...]:
        """The first is Platform, which holds the payers."""
        return ORGANIZATIONS[: self.organizations]

    @property
    def files_per_delivery(self) -> int:
        """A large bill comes in several files."""
        return max(1, round(self.rows / self.rows_per_file))

    @property
    def periods(self) -> list[BillingPeriod]:
        """Oldest first."""
        last = self.until.start.year * 12 + self.until.start.month - 1
        return [
            BillingPeriod.parse(f"{month // 12:04d}-{month % 12 + 1:02d}")
            for month in range(last - self.months + 1, last + 1)
        ]


@dataclass(frozen=True)
class BillState:
    """One delivery of one month: what the cloud knew when it wrote it."""

    period: BillingPeriod
    delivered_at: datetime
    known_until: datetime
    """Usage after this is not in it."""
    is_final: bool = False
    """The invoice is out: its id is in the rows, all tax is in."""
    has_late_refund: bool = False

    @property
    def hours(self) -> int:
        """Hours of usage in it, from the first of the month."""
        return (self.known_until - midnight(self.period)) // timedelta(hours=1)


def bill_states(spec: SampleSpec) -> Iterator[BillState]:
    """Yield the stage's deliveries, oldest month first.

    First: old months are final, the month that just closed lacks its last hours, part of its tax
    and its invoice, the open month ends a few hours ago. Restated: the oldest closed month gets
    a refund after close, the month that just closed becomes final, the open month has grown.
    """
    closed = [period for period in spec.periods if midnight(period.next) < _first_at(spec)]
    for period in spec.periods:
        if period not in closed:
            yield _open(spec, period)
        elif spec.stage is Stage.FIRST:
            yield _first(spec, period, closing=period == closed[-1])
        elif period in {closed[0], closed[-1]}:
            yield _final(spec, period, closed)


def _open(spec: SampleSpec, period: BillingPeriod) -> BillState:
    at = spec.as_of if spec.stage is Stage.RESTATED else _first_at(spec)
    start = midnight(period)
    known = min(max(at - REPORTING_LAG, start + timedelta(hours=1)), midnight(period.next))
    return BillState(period, max(at, start + REPORTING_LAG), known)


def _first(spec: SampleSpec, period: BillingPeriod, *, closing: bool) -> BillState:
    end = midnight(period.next)
    if closing:
        return BillState(period, min(end + LATE_USAGE, _first_at(spec)), end - LATE_USAGE)
    return BillState(period, end + CLOSING, end, is_final=True)


def _final(spec: SampleSpec, period: BillingPeriod, closed: list[BillingPeriod]) -> BillState:
    end = midnight(period.next)
    if period == closed[-1]:
        return BillState(period, min(end + CLOSING, spec.as_of), end, is_final=True)
    refunded_at = min(midnight(closed[-1].next) + CLOSING, spec.as_of)
    return BillState(period, refunded_at, end, is_final=True, has_late_refund=True)


def _first_at(spec: SampleSpec) -> datetime:
    return spec.as_of - STAGES_APART


def midnight(period: BillingPeriod) -> datetime:
    """Return the instant a month begins (UTC)."""
    return datetime(period.start.year, period.start.month, 1, tzinfo=UTC)


def exports_named(known: Iterable[SampleExport], keys: Iterable[str]) -> tuple[SampleExport, ...]:
    """Return these exports, in their own order. Commas may stand between names."""
    wanted = {key.strip() for text in keys for key in text.split(",")}
    by_key = {export.key: export for export in known}
    if unknown := wanted - by_key.keys():
        raise ValueError(f"No export is called {', '.join(sorted(unknown))}: {', '.join(by_key)}.")
    return tuple(export for key, export in by_key.items() if key in wanted)


def spread_accounts(
    payer_name: str,
    payer_no: int,
    spec: SampleSpec,
    identify: Callable[[int], str],
    *,
    has_unregistered: bool,
) -> tuple[Account, ...]:
    """Return a payer and its accounts, spread over the organizations, the same for a seed."""
    accounts = [Account(0, identify(0), payer_name, ORGANIZATIONS[0], "payer")]
    for number in range(1, spec.accounts + 1):
        workload = WORKLOADS[(number - 1) % len(WORKLOADS)]
        name = f"{payer_name}-{workload}" + (f"-{number}" if number > len(WORKLOADS) else "")
        organization = ORGANIZATIONS[(payer_no + number) % spec.organizations]
        accounts.append(Account(number, identify(number), name, organization, workload))
    if has_unregistered:
        number, name = spec.accounts + 1, UNREGISTERED_ACCOUNT
        accounts.append(Account(number, identify(number), name, None, name))
    return tuple(accounts)


def digest(*words: object) -> str:
    """Return 64 hexadecimal digits that only these words give."""
    return hashlib.sha256("/".join(map(str, words)).encode()).hexdigest()
