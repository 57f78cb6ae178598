"""What happened and what there is: all that a plan is made of, besides the policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CompanyFacts:
    """What happened to a company, as far as its data's term depends on it."""

    company_id: str
    plan: str
    plan_since: datetime
    """Start of the trial, or of the plan that came after it."""
    trial_ended_at: datetime | None = None
    """Set while no subscription followed."""
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class Deletion:
    """A request to delete an organization."""

    company_id: str
    organization_id: str
    requested_at: datetime


@dataclass(frozen=True)
class Departure:
    """A member who was removed."""

    company_id: str
    member_id: str
    removed_at: datetime
    emails: tuple[str, ...] = ()
    """How what he did may spell him; his id alone once he is forgotten."""
    since: datetime | None = None
    until: datetime | None = None
    """When an address was another's: before him, and after."""


@dataclass(frozen=True)
class Early:
    """A withdrawn company's request to have its cost data deleted early."""

    company_id: str
    requested_at: datetime


@dataclass(frozen=True)
class HoldFacts:
    """A legal hold on a company, or on one organization or member of it."""

    company_id: str
    organization_id: str | None = None
    member_id: str | None = None
    lifted_at: datetime | None = None


@dataclass(frozen=True)
class Events:
    """All that happened."""

    companies: Sequence[CompanyFacts] = ()
    deletions: Sequence[Deletion] = ()
    departures: Sequence[Departure] = ()
    holds: Sequence[HoldFacts] = ()
    early: Sequence[Early] = ()


@dataclass(frozen=True)
class Stock:
    """What there is of one class of data of an organization's month. Empty words: of none."""

    data_class: str
    dataset: str
    company_id: str
    organization_id: str = ""
    billing_period: str = ""
    rows: int = 0
    bytes: int = 0
    member_id: str = ""
    at: datetime | None = None
    """When it happened, of what people did and paid."""
