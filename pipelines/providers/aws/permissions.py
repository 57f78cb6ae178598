"""What the house asks of AWS and what each question needs: for refusals and for the template.

A call that is added to the code is added here, or a test that compares them fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BUCKET: Final = "the bucket"
OBJECTS: Final = "the objects"
KEY: Final = "their key, if they are encrypted with one"
ORGANIZATION: Final = "the organization"
ROLE: Final = "the role; its trust policy must name the external id"


@dataclass(frozen=True, order=True)
class Permission:
    """An IAM action and what it must be allowed on."""

    action: str
    on: str

    def __str__(self) -> str:
        return f"{self.action} on {self.on}"


# S3 answers 403 instead of 404 for a file that is not there yet, unless the bucket may be listed.
_LIST = Permission("s3:ListBucket", BUCKET)
_GET = Permission("s3:GetObject", OBJECTS)
CALLS: Final[Mapping[str, tuple[Permission, ...]]] = {
    "ListObjectsV2": (_LIST,),
    "HeadObject": (_GET, _LIST),
    "GetObject": (_GET, Permission("kms:Decrypt", KEY)),
    "DescribeOrganization": (Permission("organizations:DescribeOrganization", ORGANIZATION),),
    "ListAccounts": (Permission("organizations:ListAccounts", ORGANIZATION),),
    "AssumeRole": (Permission("sts:AssumeRole", ROLE),),
}
"""Operation -> what it needs."""

_PUT: Final = (Permission("s3:PutObject", OBJECTS), Permission("kms:GenerateDataKey", KEY))
DELIVERIES: Final = dict.fromkeys(
    ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), _PUT
)
"""The same for extracts, which go to a bucket of their own: the role that reads never writes."""

PURCHASE_CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "DescribeSavingsPlansOfferings": ("savingsplans:DescribeSavingsPlansOfferings",),
    "DescribeSavingsPlans": ("savingsplans:DescribeSavingsPlans",),
    "CreateSavingsPlan": ("savingsplans:CreateSavingsPlan", "savingsplans:TagResource"),
    "ReturnSavingsPlan": ("savingsplans:ReturnSavingsPlan",),
    **{
        name: (f"ec2:{name}",)
        for name in (
            "DescribeReservedInstances",
            "DescribeReservedInstancesOfferings",
            "DescribeReservedInstancesListings",
            "DescribeReservedInstancesModifications",
            "GetReservedInstancesExchangeQuote",
            "AcceptReservedInstancesExchangeQuote",
            "PurchaseReservedInstancesOffering",
            "ModifyReservedInstances",
            "CreateReservedInstancesListing",
        )
    },
}
"""Operation -> what it needs: in a role of its own, only where somebody asked for it."""
PURCHASES: Final = tuple(sorted({action for each in PURCHASE_CALLS.values() for action in each}))


def needed_for(operation: str) -> str:
    """Say which permissions an operation needs."""
    known = {**CALLS, **DELIVERIES}.get(operation) or PURCHASE_CALLS.get(operation, (operation,))
    return " and ".join(map(str, known))


def actions_on(resource: str) -> list[str]:
    """Return the actions that the house's calls need on a resource."""
    needed = {permission for each in CALLS.values() for permission in each}
    return sorted(permission.action for permission in needed if permission.on == resource)
