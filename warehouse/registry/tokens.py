"""Secrets that are shown once: API keys and invitations."""

import hashlib
import hmac
import secrets
from typing import Final

from warehouse.registry.errors import NotSignedInError

PREFIX: Final = "fh_"
COST: Final = {"n": 2**14, "r": 8, "p": 1}
"""scrypt's: 16 MB and some ten milliseconds for each guess."""


def new_token(holder_id: str) -> tuple[str, str]:
    """Return a token to be shown once, and the salted hash to keep."""
    secret, salt = secrets.token_urlsafe(32), secrets.token_hex(16)
    return f"{PREFIX}{holder_id}.{secret}", f"{salt}${_hash(secret, salt)}"


def split_token(token: str) -> tuple[str, str]:
    """Return whose token it is said to be, and its secret. Raises NotSignedInError."""
    holder_id, dot, secret = token.strip().removeprefix(PREFIX).partition(".")
    if not dot:
        raise refused()
    return holder_id, secret


def is_secret(secret: str, kept: str | None) -> bool:
    """Tell whether the secret is the one that was hashed; as slowly when there is none."""
    salt, _, expected = (kept or "$").partition("$")
    return hmac.compare_digest(_hash(secret, salt), expected)


def refused() -> NotSignedInError:
    """Say that a token does not open anything, and not why."""
    return NotSignedInError(
        "The key or invitation is not valid.",
        "It may be mistyped, disabled, used or expired: ask for a new one.",
    )


def _hash(secret: str, salt: str) -> str:
    return hashlib.scrypt(secret.encode(), salt=salt.encode(), dklen=32, **COST).hex()
