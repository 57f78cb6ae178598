"""The sample company's bills as AWS writes them: every format, every kind of line item.

The spec decides everything: the same seed, size and times give the same bytes. Its stories are
told in `docs/sample-company.md`:

- a forgotten reservation: `forgotten-db` of `hanbit-payer` and `hanbit-lab` is never used;
- a spike: debug logging in `data-lake` floods CloudWatch for four days;
- an untagged team: nothing in the `staging` accounts carries a team, environment or app;
- an account nobody registered: `sandbox-poc`;
- restatements: late usage and tax after a month's end, a refund long after it.
"""

from pipelines.providers.aws.sample.bills import SAMPLE

__all__ = ["SAMPLE"]
