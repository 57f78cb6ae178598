"""How money is shown. What it is was decided in the marts."""

from decimal import Decimal
from typing import Final

EXACT_DIGITS: Final = 15
"""Digits a spreadsheet's number keeps for certain."""

DEFAULT_MINOR_UNITS: Final = 2
MINOR_UNITS: Final = {
    currency: units
    for units, currencies in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for currency in currencies.split()
}
"""Decimals of the currencies that have not two (ISO 4217)."""


def minor_units(currency: str) -> int:
    """Return the decimals people write for a currency."""
    return MINOR_UNITS.get(currency, DEFAULT_MINOR_UNITS)


def shown(amount: Decimal, currency: str) -> str:
    """Round an amount to its currency's decimals, with thousands separators; never `-0.00`."""
    return f"{amount:z,.{minor_units(currency)}f}"


def exact(amount: Decimal) -> str:
    """Write an amount with all its digits, without an exponent or idle zeros.

    Not by `normalize`: it would round to 28 digits, and the marts keep 38.
    """
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fits_number(amount: Decimal, currency: str) -> bool:
    """Tell whether a spreadsheet's number keeps the amount to its currency's last decimal."""
    return abs(amount) < Decimal(10) ** (EXACT_DIGITS - minor_units(currency))
