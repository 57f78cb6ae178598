"""Who pays the sample company's AWS bills, in which exports."""

from dataclasses import dataclass

from pipelines.providers.sample import Account, SampleExport, SampleSpec, digest, spread_accounts

BUCKET = "hanbit-billing"
SPIKING_WORKLOAD = "data-lake"


@dataclass(frozen=True)
class Export(SampleExport):
    """One bill export of one payer account, with the words AWS uses for its settings.

    Its dataset is `cur1`, `cur2` or `focus`; its key is its prefix in the bucket.
    """

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


def accounts_of(export: Export, spec: SampleSpec) -> tuple[Account, ...]:
    """Return the payer of an export and its linked accounts, always the same for a seed."""
    return spread_accounts(
        export.payer_name,
        EXPORTS.index(export),
        spec,
        lambda number: _account_id(spec.seed, export, number),
        has_unregistered=export is EXPORTS[0],
    )


def _account_id(seed: int, export: Export, number: int) -> str:
    # Every first linked account begins with zeros: a reader that takes ids for numbers loses them.
    digits = 9 if number == 1 else 12
    return f"{int(digest(seed, export.key, number), 16) % 10**digits:012d}"
