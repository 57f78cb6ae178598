"""Which raw columns of an Azure export must be there, and which hold money or quantities.

EA, MCA and their versions spell columns differently, some only by case: names are compared
without case and punctuation.
https://learn.microsoft.com/azure/cost-management-billing/dataset-schema/schema-index
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ACTUAL, AMORTIZED, FOCUS = "actual", "amortized", "focus"
KINDS = {ACTUAL: "ActualCost", AMORTIZED: "AmortizedCost", FOCUS: "FocusCost"}
"""Part of a delivery -> the type its export must have."""
PARTS = {"cost": (ACTUAL, AMORTIZED), "focus": (FOCUS,)}
"""Dataset -> the exports it takes."""
GERMAN = frozenset(
    {"abonnement", "abonnementguid", "abonnementid", "abonnementname", "datum", "kosten", "menge",
     "ressourcengruppe", "ressourcenid", "verbrauchtemenge", "kontobesitzerid", "wahrung"}
)  # fmt: skip
_UMLAUTS = str.maketrans("äöüß", "aous")


def plain(raw: str) -> str:
    """Spell a raw column without case and punctuation: `PayG-Price` -> `paygprice`."""
    return re.sub("[^a-z0-9]", "", raw.lower().translate(_UMLAUTS))


@dataclass(frozen=True)
class Columns:
    """The columns of a dataset that landing looks at, in `plain` spelling."""

    cost: tuple[str, ...]
    """Its sum is the bill's own total; the first that is there."""
    currency: tuple[str, ...]
    period: str
    dates: tuple[str, ...]
    text: frozenset[str]
    """Required and text: a number would have lost an id's leading zeros."""
    money: frozenset[str]

    def of(self, names: tuple[str, ...], known: Mapping[str, str]) -> list[str]:
        """Return the raw columns of those of `names` that are there: two versions may be mixed."""
        return [known[name] for name in names if name in known]

    def missing(self, known: Mapping[str, str]) -> list[str]:
        """Return what no export of this dataset lacks, but this one does."""
        alone = sorted(self.text | {self.period, *self.dates} - known.keys())
        choices = [self.cost, self.currency]
        return [name for name in alone if name not in known] + [
            " or ".join(names) for names in choices if not known.keys() & set(names)
        ]


COLUMNS = {
    "cost": Columns(
        # EA of 2023 says Cost; one that has both means the billing currency by the longer name.
        cost=("costinbillingcurrency", "cost"),
        currency=("billingcurrencycode", "billingcurrency"),
        period="billingperiodstartdate",
        dates=("billingperiodenddate", "date"),
        text=frozenset(
            {"billingaccountid", "chargetype", "pricingmodel", "resourceid", "subscriptionid"}
        ),
        money=frozenset(
            {"cost", "costinbillingcurrency", "costinpricingcurrency", "effectiveprice",
             "exchangeratepricingtobilling", "paygcostinbillingcurrency", "paygprice", "quantity",
             "unitprice"}
        ),
    ),
    "focus": Columns(
        cost=("billedcost",),
        currency=("billingcurrency",),
        period="billingperiodstart",
        dates=("billingperiodend", "chargeperiodstart", "chargeperiodend"),
        text=frozenset({"billingaccountid", "chargecategory", "servicename", "subaccountid"}),
        money=frozenset(
            {"billedcost", "effectivecost", "contractedcost", "listcost", "contractedunitprice",
             "listunitprice", "consumedquantity", "pricingquantity", "commitmentdiscountquantity"}
        ),
    ),
}  # fmt: skip
