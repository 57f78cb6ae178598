"""Who may let a plan be executed: another than who asked, or the daily run up to a size."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import func, insert, select, update

from warehouse.registry.database import Database
from warehouse.registry.retention_tables import retention_approvals, retention_runs
from warehouse.retention.items import Plan
from warehouse.retention.policy import RetentionError

APPROVALS = retention_approvals.c


def propose(registry: Database, plan: Plan, by: str, now: datetime) -> None:
    """Keep who asked for a plan to be executed. Asking twice changes nothing."""
    with registry.write() as tx:
        known = select(APPROVALS.plan_digest).where(APPROVALS.plan_digest == plan.digest)
        if tx.execute(known).first() is None:
            tx.execute(
                insert(retention_approvals).values(
                    plan_digest=plan.digest,
                    requested_by=by,
                    requested_at=now,
                    planned_rows={item.key: item.rows for item in plan.due},
                )
            )


def approve(registry: Database, plan: Plan, digest: str, by: str, now: datetime) -> None:
    """Approve a proposed plan that is still what is due. Raises RetentionError."""
    if plan.digest != digest:
        raise RetentionError(
            "PLAN_STALE: what is due, or the policy, is no longer what this plan says. Make it anew"
            " with `finhouse retention plan --propose`."
        )
    with registry.write() as tx:
        is_it = APPROVALS.plan_digest == digest
        asked = tx.execute(select(APPROVALS.requested_by).where(is_it)).scalar()
        if asked is None:
            raise RetentionError(
                "NOT_PROPOSED: nobody asked for this plan to be executed. First:"
                " `finhouse retention plan --propose`."
            )
        if asked == by:
            raise RetentionError(
                "SAME_PERSON: who asked may not approve. Another owner or the operator does, with"
                f" `finhouse retention approve {digest[:12]}`."
            )
        tx.execute(update(retention_approvals).where(is_it).values(approved_by=by, approved_at=now))


def planned_rows(registry: Database, plan: Plan, self_approved_bytes: int) -> Mapping[str, int]:
    """Return how many rows were planned to go. Raises RetentionError when nobody approved it."""
    query = select(APPROVALS.planned_rows).where(
        APPROVALS.plan_digest == plan.digest, APPROVALS.approved_at.is_not(None)
    )
    with registry.read() as tx:
        approved: Mapping[str, int] | None = tx.execute(query).scalar()
    if approved is not None:
        return approved
    size = sum(item.bytes for item in plan.due)
    if size > self_approved_bytes:
        raise RetentionError(
            f"NOT_APPROVED: {size:,} bytes are due, more than the {self_approved_bytes:,} that go"
            " without an approval. Propose the plan with `finhouse retention plan --propose`, and"
            " let somebody else approve it."
        )
    return {item.key: item.rows for item in plan.due}


def begin_run(registry: Database, as_of: date, now: datetime) -> None:
    """Note that a run began. Raises RetentionError when the clock stands before the last one."""
    with registry.write() as tx:
        last = tx.execute(select(func.max(retention_runs.c.as_of))).scalar()
        if last is not None and as_of < last:
            raise RetentionError(
                f"CLOCK_WENT_BACK: today is {as_of}, but retention already ran for {last}. Nothing"
                " was deleted. Set the clock right."
            )
        tx.execute(insert(retention_runs).values(as_of=as_of, started_at=now))
