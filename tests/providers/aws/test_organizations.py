"""Who a management account pays for, as AWS Organizations tells it."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import BillError
from tests.providers.aws.deliveries import Bucket, Folder
from tests.providers.faulty import proxy

Connect = Callable[..., AwsProvider]
DENIED = b'{"__type": "AccessDeniedException", "message": "no"}'


def test_all_pages_of_accounts_are_read_with_their_names(
    bucket: Bucket, aws: Connect, organizations: Any
) -> None:
    for number in range(25):
        organizations.create_account(Email=f"a{number}@acme.kr", AccountName=f"계정 {number}")
    listed = aws(bucket, "cur2").linked_accounts()
    assert listed
    assert {f"계정 {number}" for number in range(25)} <= set(listed.names.values())
    assert listed.management_account_id in listed.names


def test_a_refusal_names_the_permission(bucket: Bucket, aws: Connect, s3_endpoint: str) -> None:
    with proxy(s3_endpoint) as (endpoint, faults):
        faults.refuse = lambda method, _path: (400, DENIED) if method == "POST" else None
        faults.content_type = "application/x-amz-json-1.1"
        with pytest.raises(BillError, match="organizations:DescribeOrganization") as refused:
            aws(bucket, "cur2", organizations_endpoint_url=endpoint).linked_accounts()
    assert refused.value.code == "ACCESS_DENIED"


def test_a_folder_leaves_it_to_the_bills(folder: Folder, aws: Connect) -> None:
    assert aws(folder, "cur2").linked_accounts() is None
