"""Who pays the sample company's Google Cloud bills, in which exports."""

from dataclasses import dataclass

from pipelines.providers.sample import Account, SampleExport, SampleSpec, digest, spread_accounts

TABLE = "gcp_billing_export_resource_v1"


@dataclass(frozen=True)
class Export(SampleExport):
    """The detailed usage export of one billing account; its key is its folder."""

    @property
    def extension(self) -> str:
        """The end of a data file's name."""
        return "parquet" if self.file_type == "parquet" else "jsonl.gz"


EXPORTS = (
    Export("gcp-detailed", "hanbit-gcp", TABLE, "detailed", "parquet"),
    Export("gcp-legacy", "hanbit-apac", TABLE, "detailed", "jsonl"),
)


def accounts_of(export: Export, spec: SampleSpec) -> tuple[Account, ...]:
    """Return the billing account and its projects, always the same for a seed."""
    return spread_accounts(
        export.payer_name,
        EXPORTS.index(export) + 2,
        spec,
        lambda number: _identify(spec.seed, export, number),
        has_unregistered=export is EXPORTS[0],
    )


def _identify(seed: int, export: Export, number: int) -> str:
    digits = digest(seed, export.key, number)
    if number:
        return f"{export.payer_name}-{digits[:6]}"
    upper = digits.upper()
    return f"{upper[:6]}-{upper[6:12]}-{upper[12:18]}"
