"""The sample company's bills as Google writes them: detailed usage exports, as extracts.

Rows are only ever added: what arrives late, after close or as a correction is a row of its own.
Their stories are told in `docs/sample-company.md`:

- a forgotten commitment: three quarters of hanbit-apac's memory-optimized machines;
- a spike: a query in `data-lake` that scans everything, for two days;
- an untagged project: nothing in `staging` carries a label;
- a project nobody registered: `sandbox-poc`;
- usage of a month's last days that came too late for its invoice, and stands on the next.
"""

from pipelines.providers.gcp.sample.bills import SAMPLE

__all__ = ["SAMPLE"]
