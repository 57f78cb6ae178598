"""The retention policy: reviewed data, read strictly."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt, ValidationError

POLICY_FILE: Final = Path(__file__).with_name("policy.toml")


class RetentionError(Exception):
    """Retention refuses to go on: nothing was deleted. Starts with a stable upper-case word."""


class Strict(BaseModel):
    """An unknown key is an error: a misspelled term would silently not hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PromiseChange(Strict):
    """What a paid plan kept before, and the day from which it keeps something else."""

    paid_months_before: PositiveInt
    changed_on: date


class CostTerms(Strict):
    """How long cost data may, must and can be kept; in months."""

    shortest_paid_months: PositiveInt
    longest_paid_months: PositiveInt
    default_paid_months: PositiveInt
    minimum_months: PositiveInt
    cap_months: PositiveInt
    free_months: PositiveInt
    change: PromiseChange | None = None


class Rule(Strict):
    """One rule: which data classes, counted from which event."""

    covers: list[str]
    starts: str
    hours: PositiveInt | None = None
    months: PositiveInt | None = None
    minimum_months: PositiveInt | None = None


class Terms(Strict):
    """The file as it is written."""

    time_zone: str
    lead_days: NonNegativeInt
    notice_days: NonNegativeInt
    early_deletion_days: PositiveInt
    hold_release_days: PositiveInt
    backup_file_days: PositiveInt
    request_window_months: PositiveInt
    access_log_minimum_months: NonNegativeInt
    suspended_after_days: PositiveInt
    cancelled_after_months: PositiveInt
    cost: CostTerms
    rules: Mapping[str, Rule]


@dataclass(frozen=True)
class Policy:
    """A policy in force, and the hash of the text it was read from."""

    terms: Terms
    digest: str

    @property
    def zone(self) -> ZoneInfo:
        """Where the policy counts days."""
        return ZoneInfo(self.terms.time_zone)

    @property
    def data_classes(self) -> frozenset[str]:
        """Every class of data that some rule speaks of."""
        return frozenset(each for rule in self.terms.rules.values() for each in rule.covers)

    def months(self, rule: str) -> int:
        """Return a rule's term in months. Raises RetentionError when it has none."""
        found = self.terms.rules[rule].months
        if found is None:
            raise RetentionError(f"POLICY_INVALID: rule {rule} has no term in months.")
        return found


def load_policy(path: Path = POLICY_FILE) -> Policy:
    """Read and check the policy. Raises RetentionError: without one nothing may be deleted."""
    try:
        text = path.read_text(encoding="utf-8")
        policy = Policy(
            Terms.model_validate(tomllib.loads(text)), hashlib.sha256(text.encode()).hexdigest()
        )
        ZoneInfo(policy.terms.time_zone)
    except (OSError, ValueError, ValidationError, ZoneInfoNotFoundError) as error:
        raise RetentionError(f"POLICY_INVALID: {path.name} cannot be read: {error}") from error
    check_paid_months(policy, policy.terms.cost.default_paid_months)
    return policy


def check_paid_months(policy: Policy, months: int) -> int:
    """Return the months a paid plan keeps, or refuse a number outside of what is promised."""
    cost = policy.terms.cost
    if not cost.shortest_paid_months <= months <= cost.longest_paid_months:
        raise RetentionError(
            "POLICY_INVALID: paid_months must be"
            f" {cost.shortest_paid_months}..{cost.longest_paid_months}"
        )
    return months
