"""Who pays the sample company's Azure bills, in which exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pipelines.providers.sample import Account, SampleExport, SampleSpec, digest, spread_accounts


@dataclass(frozen=True)
class Export(SampleExport):
    """Two exports of one billing scope; its key is their directory in the container."""

    agreement: str
    """`ea` or `mca`: whose columns it has."""
    overwrites: bool
    amortized_name: str

    @property
    def options(self) -> Mapping[str, str]:
        """Name the second export, which the connection must know."""
        return {"amortized_export": self.amortized_name}

    @property
    def extension(self) -> str:
        """The end of a data file's name."""
        return "snappy.parquet" if self.file_type == "parquet" else "csv.gz"

    def scope(self, seed: int) -> str:
        """Return the billing account's id: an enrollment, or an agreement and its tenant."""
        if self.agreement == "ea":
            return f"{int(digest(seed, self.key), 16) % 10**8:08d}"
        one, other = (UUID(digest(seed, self.key, word)[:32]) for word in ("account", "tenant"))
        return f"{one}:{other}_2019-05-31"


EXPORTS = (
    Export(
        "azure-ea", "hanbit-azure", "hanbit-actual", "cost", "csv", "ea", False, "hanbit-amortized"
    ),
    Export(
        "azure-mca", "hanbit-mca", "mca-actual", "cost", "parquet", "mca", True, "mca-amortized"
    ),
)


def accounts_of(export: Export, spec: SampleSpec) -> tuple[Account, ...]:
    """Return the subscription that buys for all, and the others, always the same for a seed."""
    return spread_accounts(
        export.payer_name,
        EXPORTS.index(export) + 1,
        spec,
        lambda number: str(UUID(digest(spec.seed, export.key, number)[:32], version=4)),
        has_unregistered=export is EXPORTS[0],
    )
