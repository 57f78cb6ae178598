"""What the registry refuses, in words for the person who asked."""

from typing import ClassVar


class RegistryError(Exception):
    """A change or question the registry refuses. Nothing was written.

    `code` is a stable upper-case word for programs; `advice` says what to do next.
    """

    code: ClassVar[str] = "REGISTRY"

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(f"{self.code}: {what}" + (f" {advice}" if advice else ""))
        self.what, self.advice = what, advice


class InvalidError(RegistryError):
    """A value that may not be stored."""

    code = "INVALID"


class NotFoundError(RegistryError):
    """Nothing by that id or name where the caller may look."""

    code = "NOT_FOUND"


class AmbiguousError(RegistryError):
    """More than one thing answers to what was given."""

    code = "AMBIGUOUS"


class NameTakenError(RegistryError):
    """Another living thing of the same kind has that name."""

    code = "NAME_TAKEN"


class OrganizationLimitError(RegistryError):
    """A company may not have more organizations."""

    code = "ORGANIZATION_LIMIT"


class AccountClaimedError(RegistryError):
    """A cloud account belongs to one organization at a time, worldwide."""

    code = "ACCOUNT_CLAIMED"


class SourceTakenError(RegistryError):
    """An export read by two connections would be counted twice."""

    code = "SOURCE_TAKEN"


class RateLockedError(RegistryError):
    """A month that was converted at a rate keeps it, unless one says otherwise."""

    code = "RATE_LOCKED"


class InUseError(RegistryError):
    """Something else still needs what should be removed."""

    code = "IN_USE"


class UnavailableError(RegistryError):
    """The registry's database does not answer, or is not one this version can use."""

    code = "UNAVAILABLE"
