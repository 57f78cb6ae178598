"""What is to be bought, changed, sold or given back: proposed, approved by a member, then done.

The registry keeps who decided what and when; asking the cloud is somebody else's. Before it is
asked, `begin` says so here: whoever dies in between leaves an attempt without an end, and the next
one looks up what came of it instead of asking again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import insert, update

from warehouse.registry.action_rows import Action, Draft, find_action, read_actions, told
from warehouse.registry.assignments import is_account, periods
from warehouse.registry.callers import OPERATOR, caller_of, standing_of
from warehouse.registry.changing import changing, find_company
from warehouse.registry.database import Database
from warehouse.registry.errors import InvalidError, NotAllowedError
from warehouse.registry.history import Author
from warehouse.registry.organizations import find_organization
from warehouse.registry.rights import Level
from warehouse.registry.savings_tables import commitment_actions

TABLE: Final = commitment_actions
MENU: Final = "recommendations"
CARRY_OUT: Final = "carry out actions"
LIFETIME: Final = timedelta(days=7)
"""Proposals are made anew every week; older prices and usage are nobody's word any more."""


@dataclass(frozen=True)
class Actions:
    """Every change is one transaction with its history row."""

    database: Database

    def list(
        self, company: str | None = None, organization: str | None = None
    ) -> tuple[Action, ...]:
        """Return the actions that the caller may see, newest first."""
        with self.database.read() as tx:
            owner = find_company(tx, company)
            standing = standing_of(tx, owner.company_id)
            its = [TABLE.c.company_id == owner.company_id]
            if organization is not None:
                found = find_organization(tx, owner, organization)
                its.append(TABLE.c.organization_id == found.organization_id)
            return tuple(
                each
                for each in read_actions(tx, *its)
                if standing.may(MENU, Level.VIEW, each.organization_id)
            )

    def get(self, action: str, *, company: str | None = None) -> Action:
        """Return one action. Raises NotFoundError also for one that the caller may not see."""
        with self.database.read() as tx:
            return find_action(tx, find_company(tx, company), action)

    def propose(
        self,
        organization: str,
        drafts: Sequence[Draft],
        *,
        company: str | None = None,
        actor: str = OPERATOR,
        reason: str = "",
    ) -> tuple[Action, ...]:
        """Propose actions, one for each thing acted on.

        An undecided proposal of the same kind about the same thing expires. What is approved, or
        was done within a week, stands: the bills do not tell of it yet.
        """
        with changing(self.database, company, actor, reason, by_owner=False) as (author, owner):
            tx = author.transaction
            found = find_organization(tx, owner, organization)
            author.require(MENU, Level.EDIT, found.organization_id)
            its = TABLE.c.organization_id == found.organization_id
            for old in read_actions(tx, its):
                _expire_if_late(author, old)
            standing = {
                (each.kind, each.subject): each
                for each in reversed(read_actions(tx, its))
                if each.is_open or (each.ended_at and each.ended_at > author.at - LIFETIME)
            }
            made = []
            for draft in drafts:
                old_one = standing.get((draft.kind, draft.subject))
                if old_one and old_one.state != "proposed":
                    continue
                _require_account(author, draft.provider, draft.account_id, found.organization_id)
                if old_one:
                    _set(author, old_one, "action_expired", state="expired")
                made.append(_insert(author, found.organization_id, draft))
            return tuple(find_action(tx, owner, each) for each in made)

    def approve(self, action: str, *, company: str | None = None, reason: str = "") -> Action:
        """Approve a proposal, as a member who may edit recommendations there.

        Not the operator: it is the company's money. Nor who proposed it himself.
        """
        with self._deciding(action, company, reason) as (author, found):
            if caller_of(author.transaction).is_operator:
                raise NotAllowedError(
                    "An approval takes a member of the company.",
                    "Sign in as one: `--as EMAIL` or FINHOUSE_API_KEY.",
                )
            if author.actor == found.proposed_by:
                raise NotAllowedError(
                    "Nobody approves what he proposed himself.", "Ask another member to look at it."
                )
            _require_account(author, found.provider, found.account_id, found.organization_id)
            _decide(author, found, "approved")
        return self.get(action, company=company)

    def reject(self, action: str, *, company: str | None = None, reason: str = "") -> Action:
        """Reject a proposal, or take an approval back while nothing was attempted."""
        with self._deciding(action, company, reason, also="approved") as (author, found):
            if found.attempted_at:
                raise InvalidError(
                    f"The action {found.action_id} has been attempted.",
                    f"`finhouse actions execute {found.action_id}` looks up what came of it.",
                )
            _decide(author, found, "rejected")
        return self.get(action, company=company)

    def begin(self, action: str, *, company: str | None = None) -> Action:
        """Note that the cloud is asked now, and return the action as it stood before.

        The operator's, as all that follows: his are the credentials. One with `attempted_at` was
        asked before, and nobody knows what came of it.
        """
        self.database.refuse_members(CARRY_OUT)
        with self._deciding(action, company, "", of="approved") as (author, found):
            if not found.attempted_at:
                _require_account(author, found.provider, found.account_id, found.organization_id)
                _set(author, found, "action_attempted", attempted_at=author.at)
        return found

    def finish(
        self,
        action: str,
        state: str,
        evidence: Mapping[str, Any],
        *,
        result_id: str | None = None,
        company: str | None = None,
    ) -> Action:
        """Keep what came of it: `executed`, `failed`, or `approved` when nothing happened yet.

        `evidence` is what was asked and answered: ids of requests, never a secret.
        """
        self.database.refuse_members(CARRY_OUT)
        values: dict[str, Any] = {"state": state, "result_id": result_id}
        with changing(self.database, company, OPERATOR, "") as (author, owner):
            found = find_action(author.transaction, owner, action)
            if found.state != "approved":
                return found  # another one looked it up first
            # Nothing happened, for certain: the next attempt is a first one.
            end = ("attempted_at", None) if state == "approved" else ("ended_at", author.at)
            values |= dict([end], evidence=_kept(author, found, evidence))
            _set(author, found, f"action_{state}", **values)
            return find_action(author.transaction, owner, action)

    def note(self, action: str, evidence: Mapping[str, Any], company: str | None = None) -> None:
        """Keep what is known of an attempt whose outcome is not."""
        self.database.refuse_members(CARRY_OUT)
        with changing(self.database, company, OPERATOR, "") as (author, owner):
            found = find_action(author.transaction, owner, action)
            kept = _kept(author, found, evidence)
            _set(author, found, "action_outcome_unknown", evidence=kept)

    @contextmanager
    def _deciding(
        self, action: str, company: str | None, reason: str, *, of: str = "proposed", also: str = ""
    ) -> Iterator[tuple[Author, Action]]:
        """Open the change of an action that stands in a state; one that is too late expires."""
        with changing(self.database, company, OPERATOR, reason, by_owner=False) as (author, owner):
            found = find_action(author.transaction, owner, action)
            author.require(MENU, Level.EDIT, found.organization_id)
            late = _expire_if_late(author, found)
            if not late:
                if found.state not in {of, also}:
                    raise InvalidError(
                        f"The action {found.action_id} is {found.state}, not {of}.",
                        "`finhouse actions list` shows what waits for whom.",
                    )
                yield author, found
        if late:
            raise InvalidError(
                f"The action {action} expired at {found.expires_at:%Y-%m-%d %H:%M} UTC.",
                "The next weekly run proposes by today's usage and prices.",
            )


def _kept(author: Author, action: Action, evidence: Mapping[str, Any]) -> Sequence[Any]:
    return [*action.evidence, {"at": author.at.isoformat(), **evidence}]


def _expire_if_late(author: Author, action: Action) -> bool:
    """Expire what nobody did in time; an attempt of unknown outcome is looked up, however late."""
    is_late = action.is_open and not action.attempted_at and action.expires_at <= author.at
    if is_late:
        _set(author, action, "action_expired", state="expired")
    return is_late


def _decide(author: Author, action: Action, state: str) -> None:
    _set(
        author, action, f"action_{state}",
        state=state, decided_at=author.at, decided_by=author.actor,
    )  # fmt: skip


def _set(author: Author, action: Action, event: str, **values: Any) -> None:
    is_it = TABLE.c.action_id == action.action_id
    author.transaction.execute(update(TABLE).where(is_it).values(**values))
    author.record(
        event,
        organization_id=action.organization_id,
        before={"state": action.state},
        after={**told(action), "state": values.get("state", action.state)},
    )


def _insert(author: Author, organization_id: str, draft: Draft) -> str:
    action = Action.of(draft, author.company_id, organization_id, author.actor, author.at, LIFETIME)
    values = vars(action) | {
        "idempotency_token": str(uuid4()),
        "committed_cost": f"{draft.committed_cost:f}",
        "expected_monthly_savings": f"{draft.expected_monthly_savings:f}",
    }
    author.transaction.execute(insert(TABLE).values(**values))
    author.record("action_proposed", organization_id=organization_id, after=told(action))
    return action.action_id


def _require_account(author: Author, provider: str, account_id: str, organization_id: str) -> None:
    """Refuse to act in an account that is not the organization's today."""
    held = periods(author.transaction, is_account(provider, account_id))
    today = author.at.date()
    if not any(
        each.organization_id == organization_id
        and each.valid_from <= today
        and each.is_held_on(today)
        for each in held
    ):
        raise NotAllowedError(
            f"The {provider} account {account_id} is not this organization's.",
            "Only its own accounts buy, change or sell for it: `finhouse account list`.",
        )
