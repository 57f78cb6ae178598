"""E-mail addresses: kept as written, compared as people mean them."""

import re
import unicodedata
from typing import Final

from warehouse.registry.errors import InvalidError
from warehouse.registry.words import JOINERS, clean_text

LONGEST: Final = 254
SHAPE: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\/]+")


def clean_email(text: str) -> str:
    """Return an address fit to be stored, or refuse what is none."""
    email_key(text)
    return clean_text(text, "e-mail", LONGEST)


def email_key(text: str) -> str:
    """Return what two spellings of one address share. Raises InvalidError for what is none.

    Full-width letters, case, decomposed Korean and the two forms of a domain (한빛.kr,
    xn--4k0bs9k.kr) are spelling; dots and `+tags` before the @ are the mailbox's own.
    """
    clean = clean_text(text, "e-mail", LONGEST)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", clean).casefold())
    if not SHAPE.fullmatch(folded) or any(joiner in folded for joiner in JOINERS):
        raise InvalidError(f"{text!r} is not an e-mail address.", "Write it as name@example.com.")
    mailbox, _, domain = folded.rpartition("@")
    try:
        return f"{mailbox}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise InvalidError(
            f"{text!r} has no valid domain.", "Write it as name@example.com."
        ) from error
