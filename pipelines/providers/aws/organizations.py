"""The linked accounts of a management account, as AWS Organizations lists them."""

from pipelines.providers.aws.signin import connect_organizations, in_words
from pipelines.providers.contract import ConnectionConfig, LinkedAccounts


def linked_accounts(config: ConnectionConfig) -> LinkedAccounts:
    """Ask who manages the organization and which accounts it has, all pages of them.

    Raises StoreError ACCESS_DENIED or NO_ORGANIZATION where only bills know.
    """

    def ask() -> LinkedAccounts:
        client = connect_organizations(config)
        organization = client.describe_organization()["Organization"]
        pages = client.get_paginator("list_accounts").paginate()
        return LinkedAccounts(
            organization["MasterAccountId"],
            {account["Id"]: account["Name"] for page in pages for account in page["Accounts"]},
        )

    listed: LinkedAccounts = in_words(ask, "AWS Organizations")
    return listed
