"""The template allows what the code calls, and nothing else."""

import gc
import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.providers.aws.onboarding import template
from pipelines.providers.aws.permissions import CALLS, PURCHASES
from pipelines.providers.aws.provider import AwsProvider
from pipelines.providers.contract import Delivery
from pipelines.providers.landing import land
from pipelines.providers.onboarding import Onboarding
from tests.providers.aws.deliveries import Bucket, put_cur2
from tests.providers.aws.lines import cur_line
from warehouse.layout import Layout

ASKED = Onboarding(
    "s3://acme-bills/cur",
    "daily",
    {"trusted_principal": "arn:aws:iam::999999999999:root", "kms_key_arn": "arn:aws:kms:x:1:key/k"},
)


def resolved(asked: Onboarding, **parameters: str) -> dict[str, Any]:
    """Work the template out as CloudFormation does: each role's statements, and each output."""
    whole = json.loads(template(asked))
    values = {name: each.get("Default", "") for name, each in whole["Parameters"].items()}
    values |= {"AWS::Partition": "aws", "ReadRole.Arn": "arn:role"} | parameters
    conditions = {"IsEncrypted": values["KmsKeyArn"] != "", "ReadsOrganization": False}
    conditions["ReadsOrganization"] = values["ReadOrganization"] == "yes"

    def work_out(value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return values.get(name)
            case {"Fn::Sub": text}:
                return re.sub(r"\$\{(.+?)\}", lambda found: values[found[1]], text)
            case {"Fn::If": [condition, then, otherwise]}:
                return work_out(then if conditions[condition] else otherwise)
            case dict():
                return {key: work_out(each) for key, each in value.items()}
            case list():
                return [done for each in value if (done := work_out(each)) is not None]
        return value

    roles = {
        name: work_out(role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"])
        for name, role in whole["Resources"].items()
    }
    return roles | {"Connect": work_out(whole["Outputs"]["Connect"]["Value"])}


ROLE = "arn:aws:iam::123456789012:role/finhouse"


def actions(statements: list[dict[str, Any]]) -> set[str]:
    return {action for statement in statements for action in statement["Action"]}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], set[str]]]:
    """What botocore itself reports that it asked AWS: its client side monitoring."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.setblocking(False)
        monkeypatch.setenv("AWS_CSM_ENABLED", "true")
        monkeypatch.setenv("AWS_CSM_HOST", "127.0.0.1")
        monkeypatch.setenv("AWS_CSM_PORT", str(heard.getsockname()[1]))

        def told() -> set[str]:
            names = set()
            while True:
                try:
                    event = json.loads(heard.recv(65536))
                except BlockingIOError:
                    return names
                names.add(event["Api"])

        yield told


def everything_asked(provider: AwsProvider, folder: Path) -> None:
    """Do all that the house does with a connection."""
    provider.check()
    [found] = provider.deliveries()
    assert isinstance(found, Delivery)
    land(found, provider, Layout(folder))
    provider.linked_accounts()


# botocore leaves the socket it reports through to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_call_to_aws_is_allowed_and_nothing_more(
    bucket: Bucket,
    aws: Callable[..., AwsProvider],
    organizations: Any,
    calls: Callable[[], set[str]],
    tmp_path: Path,
) -> None:
    put_cur2(bucket, "daily", "2026-09", [cur_line("2", 1.0)])
    calls()
    everything_asked(aws(bucket, "cur2", role_arn=ROLE, external_id="acme"), tmp_path / "house")
    gc.collect()
    assert calls() == set(CALLS)
    needed = {permission.action for each in CALLS.values() for permission in each}
    assert actions(resolved(ASKED)["ReadRole"]) | {"sts:AssumeRole"} == needed


def test_the_role_reads_the_exports_folder_and_no_other() -> None:
    role = resolved(ASKED, Prefix="cur/", KmsKeyArn="", ReadOrganization="no")
    assert {(*each["Action"], each["Resource"]) for each in role["ReadRole"]} == {
        ("s3:ListBucket", "arn:aws:s3:::acme-bills"),
        ("s3:GetObject", "arn:aws:s3:::acme-bills/cur/*"),
    }
    assert "--location s3://acme-bills/cur/ --export daily" in role["Connect"]


def test_only_the_trusted_who_say_the_external_id_are_let_in() -> None:
    made = json.loads(template(ASKED))
    [trust] = made["Resources"]["ReadRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    again = json.loads(template(ASKED))
    ids = {each["Parameters"]["ExternalId"]["Default"] for each in (made, again)}
    assert len(ids) == 2


def test_buying_is_a_role_of_its_own_that_must_be_asked_for() -> None:
    buying = Onboarding(ASKED.location, ASKED.export_name, ASKED.options, with_purchases=True)
    roles = resolved(buying)
    assert actions(roles["PurchaseRole"]) == set(PURCHASES)
    assert not actions(roles["ReadRole"]) & set(PURCHASES)
    assert "PurchaseRole" not in template(ASKED)
