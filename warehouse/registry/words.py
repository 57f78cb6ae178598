"""What may be written into the registry: names, ids and references."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from warehouse.registry.errors import InvalidError

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
ID: Final = re.compile(r"(co|org|con|mem|rol|grp|inv|key|hld|ctr|sch|bud|sub|act|rec)-[a-z2-7]{10}")
LONGEST_NAME: Final = 200
# Joiners are letters' business (Persian, emoji); the other format characters reorder a line.
JOINERS: Final = "\u200c\u200d"
UNPRINTABLE: Final = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")

PROVIDER: Final = re.compile(r"[a-z][a-z0-9_]{1,31}")
ACCOUNT_IDS: Final = {
    "aws": (r"[0-9]{12}", "exactly 12 digits, leading zeros included, for example 012345678901"),
    "azure": (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a subscription's GUID"),
    "gcp": (
        r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}",
        "a project id (not its number), or a billing account's id for charges without a project",
    ),
}
CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")
MONTH: Final = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
OTHER_ACCOUNT_ID: Final = (r"[!-~]{1,128}", "1 to 128 visible ASCII characters")

REFERENCE: Final = re.compile(r"chain|env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\x00-\x1f]+")
REFERENCE_ADVICE: Final = (
    "The registry keeps no secrets, only where to find one: `chain` (the cloud's own way), "
    "`env:NAME` or `file:/absolute/path`. If that was a real secret, it may now be in your "
    "shell's history: replace it."
)
SECRET_KEY: Final = re.compile(
    r"secret|passw|token|credential|private|access_?key|account_?key|sas$"
)
SECRET_VALUE: Final = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN|AccountKey=|SharedAccessSignature|[?&;]sig="
    r"|passw(or)?d=|\beyJ[\w-]{10,}\.|://[^/@\s]*:[^/@\s]*@",
    re.IGNORECASE,
)
AWS_SECRET_KEY: Final = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9/+]{40}")
FRESH_WITHIN: Final = "fresh_within_hours"
"""The option that every connection may have, whatever its provider."""


SCHEMA_CHANGES: Final = "schema_changes"
"""The option by which a connection's owner says that its export was changed on purpose."""
ACCEPTED, REFUSED = "accepted", "refused"


def new_id(prefix: str) -> str:
    """Return a random id, safe in URLs and as a folder. It tells nothing about its thing."""
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(10))


def name_key(text: str) -> str:
    """Return what two names share that people would call the same.

    Korean typed on a Mac arrives decomposed (NFD), and casefolding may decompose again.
    """
    folded = unicodedata.normalize("NFC", text.strip()).casefold()
    return unicodedata.normalize("NFC", folded)


def clean_text(text: str, what: str, longest: int) -> str:
    """Return the text in NFC without outer blanks, or refuse what could garble a terminal."""
    clean = unicodedata.normalize("NFC", text).strip()
    if len(clean) > longest:
        raise InvalidError(f"The {what} has {len(clean)} characters.", f"Keep it to {longest}.")
    for character in clean:
        if unicodedata.category(character) in UNPRINTABLE and character not in JOINERS:
            raise InvalidError(
                f"The {what} holds the invisible character U+{ord(character):04X}.",
                "Leave it out.",
            )
    return clean


def clean_name(text: str, what: str) -> str:
    """Return a name fit to be stored: not empty, not an id, not the reserved word."""
    name = clean_text(text, f"{what} name", LONGEST_NAME)
    if not name.strip(JOINERS):
        raise InvalidError(f"The {what} name is empty.", "Give it a name people will recognise.")
    if ID.fullmatch(name):
        raise InvalidError(f"{name!r} looks like an id.", "Choose a name that does not.")
    if name_key(name) == "unassigned":
        raise InvalidError(
            f"{name!r} is reserved for usage of accounts nobody registered.",
            "Choose another name.",
        )
    return name


def clean_provider(provider: str) -> str:
    """Return the provider's word: lower-case, usable as a folder and column value."""
    if not PROVIDER.fullmatch(provider):
        raise InvalidError(
            f"{provider!r} is not a provider.", "Write it in lower case, for example aws."
        )
    return provider


def clean_account_id(provider: str, account_id: str) -> str:
    """Return the account id as the provider's bills write it, as text.

    A spreadsheet eats leading zeros, and the usage would then silently stay unassigned.
    """
    pattern, shape = ACCOUNT_IDS.get(clean_provider(provider), OTHER_ACCOUNT_ID)
    text = account_id.strip()
    clean = text.lower() if provider == "azure" else text
    if not re.fullmatch(pattern, clean):
        raise InvalidError(
            f"{account_id!r} is not an account id of {provider}.", f"It must be {shape}."
        )
    return clean


def clean_currency(code: str) -> str:
    """Return a currency's code as ISO 4217 writes it."""
    if not CURRENCY.fullmatch(code.strip()):
        raise InvalidError(
            f"{code!r} is not a currency.", "Write its three letters of ISO 4217, for example KRW."
        )
    return code.strip().upper()


def clean_amount(text: str) -> Decimal:
    """Return an amount of money above nothing."""
    amount = Decimal(text.strip()) if AMOUNT.fullmatch(text.strip()) else Decimal()
    if not amount:
        raise InvalidError(
            f"{text!r} is no amount of money.", "Write it as 100000 or 99999.50, without signs."
        )
    return amount


def clean_month(text: str) -> str:
    """Return a month, or refuse what is none."""
    if not MONTH.fullmatch(text):
        raise InvalidError(f"{text!r} is not a month.", "Write YYYY-MM, like 2026-09.")
    return text


def clean_secret(reference: str) -> str:
    """Return a reference to a secret. A value is refused, and not repeated in the error."""
    target = reference.removeprefix("env:").removeprefix("file:")
    if not REFERENCE.fullmatch(reference) or looks_secret(target):
        raise InvalidError("The secret is not a reference.", REFERENCE_ADVICE)
    return reference


def looks_secret(text: str) -> bool:
    """Tell whether the text is, or carries, a key, token or password of a known shape."""
    return bool(SECRET_VALUE.search(text) or AWS_SECRET_KEY.fullmatch(text))


def clean_address(text: str, what: str) -> str:
    """Return a location or export name that carries no credentials, without a last slash."""
    clean = clean_text(text, what, 1024)
    if SECRET_VALUE.search(clean):
        raise InvalidError(f"The {what} carries a credential.", REFERENCE_ADVICE)
    return clean.rstrip("/") or clean


def fresh_within(options: Mapping[str, str], otherwise: timedelta) -> timedelta:
    """Return how old a connection's newest delivery may be: not every feed comes daily."""
    hours = options.get(FRESH_WITHIN)
    return timedelta(hours=int(hours)) if hours else otherwise


def accepts_schema_changes(options: Mapping[str, str]) -> bool:
    """Tell whether a connection's columns may go or change their type."""
    return options.get(SCHEMA_CHANGES) == ACCEPTED


def clean_options(options: Mapping[str, str]) -> dict[str, str]:
    """Return options that hold no secret. An external id is none (AWS says so)."""
    if not re.fullmatch(r"[1-9]\d{0,4}", options.get(FRESH_WITHIN, "24")):
        raise InvalidError(
            f"{options[FRESH_WITHIN]!r} is no number of hours.",
            f"Write whole hours, such as {FRESH_WITHIN}=840 for a feed that comes once a month.",
        )
    if options.get(SCHEMA_CHANGES, REFUSED) not in {ACCEPTED, REFUSED}:
        raise InvalidError(
            f"{options[SCHEMA_CHANGES]!r} says nothing of schema changes.",
            f"Write {SCHEMA_CHANGES}={ACCEPTED} or {SCHEMA_CHANGES}={REFUSED}.",
        )
    for key, value in options.items():
        is_secret = SECRET_VALUE.search(value) or (key != "external_id" and looks_secret(value))
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key) or SECRET_KEY.search(key) or is_secret:
            raise InvalidError(
                f"The option {clean_text(key, 'option', 100)!r} may not be kept in the registry.",
                REFERENCE_ADVICE,
            )
    return {key: clean_text(value, f"option {key}", 1024) for key, value in options.items()}
