"""The sample company's bills as Azure writes them: EA as CSV.gz, MCA as Parquet, each twice.

Actual and amortized exports come from the same lines, so they agree to the last digit. Their
stories are told in `docs/sample-company.md`:

- an under-used reservation: three quarters of `idle-e8s` of hanbit-azure are never used;
- a forgotten one: `forgotten-sql` of hanbit-mca;
- a reservation sent back, and what Azure paid back for the rest of its term;
- a spike: the game servers' outgoing traffic, for three days;
- an untagged subscription: nothing in `staging` carries a team, environment or app;
- a subscription nobody registered: `sandbox-poc`.
"""

from pipelines.providers.azure.sample.bills import SAMPLE

__all__ = ["SAMPLE"]
