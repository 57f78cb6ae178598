"""What the registry refuses, in words for the person who asked."""

from collections.abc import Mapping
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


class NotSignedInError(RegistryError):
    """Nobody said who asks, or the key is not valid."""

    code = "NOT_SIGNED_IN"


class NotAllowedError(RegistryError):
    """The one who asks lacks the right."""

    code = "NOT_ALLOWED"


class OwnerNeededError(RegistryError):
    """A company would be left without an owner who can act."""

    code = "OWNER_TRANSFER_REQUIRED"


class EmailTakenError(RegistryError):
    """Somebody of the company already goes by that e-mail, in whatever spelling."""

    code = "EMAIL_TAKEN"


class InvitationError(RegistryError):
    """Only a valid invitation lets this person in."""

    code = "INVITATION_REQUIRED"


class OnHoldError(RegistryError):
    """A legal hold stands that this caller may not lift."""

    code = "ON_HOLD"


class WindowClosedError(RegistryError):
    """The time in which something could be asked for is over."""

    code = "WINDOW_CLOSED"


class ImportRefusedError(RegistryError):
    """Lines of a file could not be applied; none was."""

    code = "IMPORT_REFUSED"

    def __init__(self, problems: Mapping[int, str]) -> None:
        count = f"{len(problems)} line" + ("s are" if len(problems) > 1 else " is")
        told = (f"line {number}: {problem}" for number, problem in sorted(problems.items()))
        super().__init__(f"{count} wrong; nothing was changed.", "\n" + "\n".join(told))
        self.problems = dict(problems)
