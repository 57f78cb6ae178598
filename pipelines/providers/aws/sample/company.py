"""Who the sample company is: its organizations, its payers and their linked accounts."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

COMPANY = "한빛상사 Hanbit Trading"
BUCKET = "hanbit-billing"
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
SPIKING_WORKLOAD = "data-lake"
UNREGISTERED_ACCOUNT = "sandbox-poc"


@dataclass(frozen=True)
class Export:
    """One bill export of one payer account, with the words AWS uses for its settings."""

    key: str
    """What `--exports` calls it, and its prefix in the bucket."""
    payer_name: str
    name: str
    dataset: str
    """`cur1`, `cur2` or `focus`."""
    file_type: str
    overwrites: bool
    discounts: str
    """How a private discount shows: `none`, `net`, `rows`, or both as `rows and net`."""
    discount_from_months_ago: int = 99
    invoicing_entity: str = "Amazon Web Services Korea LLC"

    @property
    def extension(self) -> str:
        """The end of a data file's name."""
        return "snappy.parquet" if self.file_type == "parquet" else "csv.gz"


EXPORTS = (
    Export("cur2-parquet", "hanbit-payer", "hanbit-cur2", "cur2", "parquet", False, "net"),
    Export("cur2-csv", "hanbit-retail", "hanbit-cur2-csv", "cur2", "csv", True, "rows"),
    Export("cur-new", "hanbit-games", "hanbit-cur", "cur1", "csv", False, "rows and net", 2),
    Export(
        "cur-overwrite",
        "hanbit-global",
        "hanbit-cur-daily",
        "cur1",
        "csv",
        True,
        "none",
        invoicing_entity="Amazon Web Services, Inc.",
    ),
    Export("focus", "hanbit-lab", "hanbit-focus", "focus", "parquet", True, "net"),
)
SPIKING_EXPORT = EXPORTS[0]


def exports_named(keys: Iterable[str]) -> tuple[Export, ...]:
    """Return these exports, in their own order. Commas may stand between names."""
    wanted = {key.strip() for text in keys for key in text.split(",")}
    known = {export.key: export for export in EXPORTS}
    if unknown := wanted - known.keys():
        raise ValueError(f"No export is called {', '.join(sorted(unknown))}: {', '.join(known)}.")
    return tuple(export for key, export in known.items() if key in wanted)


@dataclass(frozen=True)
class Account:
    """One AWS account. The id is text: twelve digits that may begin with zeros."""

    account_no: int
    """0 is the payer; the order is the order of registration."""
    account_id: str
    name: str
    organization: str | None
    """None: nobody registered it, so its cost must surface as unassigned."""
    workload: str


def accounts_of(export: Export, seed: int, linked: int, organizations: int) -> list[Account]:
    """Return the payer of an export and its linked accounts, always the same for a seed."""
    return list(_accounts(export, seed, linked, organizations))


def _accounts(export: Export, seed: int, linked: int, organizations: int) -> Iterator[Account]:
    yield Account(0, _account_id(seed, export, 0), export.payer_name, ORGANIZATIONS[0], "payer")
    payer_no = EXPORTS.index(export)
    for number in range(1, linked + 1):
        workload = WORKLOADS[(number - 1) % len(WORKLOADS)]
        name = f"{export.payer_name}-{workload}" + (f"-{number}" if number > len(WORKLOADS) else "")
        organization = ORGANIZATIONS[(payer_no + number) % organizations]
        yield Account(number, _account_id(seed, export, number), name, organization, workload)
    if export is EXPORTS[0]:
        yield Account(
            linked + 1,
            _account_id(seed, export, linked + 1),
            UNREGISTERED_ACCOUNT,
            None,
            UNREGISTERED_ACCOUNT,
        )


def _account_id(seed: int, export: Export, number: int) -> str:
    digest = hashlib.sha256(f"{seed}/{export.key}/{number}".encode()).hexdigest()
    # Every first linked account begins with zeros: a reader that takes ids for numbers loses them.
    digits = 9 if number == 1 else 12
    return f"{int(digest, 16) % 10**digits:012d}"
