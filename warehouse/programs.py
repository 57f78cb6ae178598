"""Which program a commitment is of, in the words of `commitment_eligibility`."""

from collections.abc import Mapping
from typing import Final

PROGRAM_OF_TYPE: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS": {
        "COMPUTE_SP": "^compute ?savings",
        "EC2_INSTANCE_SP": "^ec2 ?instance ?savings",
        "DATABASE_SP": "^database ?savings",
        "SAGEMAKER_SP": "^sagemaker ?savings",
    },
    "Microsoft": {"COMPUTE_SAVINGS_PLAN": "^savings ?plan"},
    "Google Cloud": {"FLEXIBLE_CUD": "flexible"},
}
"""Provider -> program -> how its bills call the kind of commitment. A word that could mean two
kinds ("Savings Plan" alone, at AWS) is none of them."""


def program_of(provider: str) -> str:
    """Return SQL that names the program of a kind of commitment, null where none is meant."""
    patterns = PROGRAM_OF_TYPE.get(provider, {})
    cases = " ".join(
        f"when regexp_matches(lower(commitment_type), '{pattern}') then '{program}'"
        for program, pattern in patterns.items()
    )
    return f"case {cases} end" if cases else "null"
