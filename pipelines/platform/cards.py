"""Numbers of payment cards, wherever they hide. The house never keeps one."""

import re
import unicodedata
from typing import Final

# In one piece, or spaced as cards are printed. A UUID's groups are spaced otherwise.
_SHAPES: Final = re.compile(
    r"(?<![0-9A-Za-z])\d{13,19}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z-])\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}(?![0-9A-Za-z-])"
    r"|(?<![0-9A-Za-z-])\d{4}([ -])\d{6}\2\d{4,5}(?![0-9A-Za-z-])"
)
# Who issues cards: ISO/IEC 7812 prefixes of the large networks, and Korea's domestic 9.
_ISSUERS: Final = re.compile(
    r"4(\d{12}|\d{15}|\d{18})"
    r"|(5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}|3(0[0-5]|[689]\d)\d{11}|35(2[89]|[3-8]\d)\d{12,15}|6\d{15,18}|9\d{15}"
)


def holds_card_number(text: str) -> bool:
    """Tell whether a text holds a number that is built as a card's, full-width digits too."""
    plain = unicodedata.normalize("NFKC", text)
    return any(_is_card(re.sub(r"\D", "", found[0])) for found in _SHAPES.finditer(plain))


def _is_card(digits: str) -> bool:
    return _ISSUERS.fullmatch(digits) is not None and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: from the right every second digit is doubled; the sum ends in 0."""
    doubled = (
        sum(divmod(int(digit) * 2, 10)) if index % 2 else int(digit)
        for index, digit in enumerate(reversed(digits))
    )
    return sum(doubled) % 10 == 0
