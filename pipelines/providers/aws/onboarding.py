"""A CloudFormation template: a role that may read one export, assumed with an external id."""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from pipelines.providers.aws.permissions import (
    BUCKET,
    KEY,
    OBJECTS,
    ORGANIZATION,
    PURCHASES,
    actions_on,
)
from pipelines.providers.onboarding import Onboarding

Json = dict[str, Any]
NOTHING: Final = {"Ref": "AWS::NoValue"}
BUCKET_ARN: Final = "arn:${AWS::Partition}:s3:::${BucketName}"


def template(asked: Onboarding) -> str:
    """Print the template as JSON, which CloudFormation takes like YAML."""
    roles = {"ReadRole": _role("Reads the bills and the list of accounts", _reading())}
    outputs = {"ReadRoleArn": {"Value": {"Fn::GetAtt": "ReadRole.Arn"}}, "Connect": _connect(asked)}
    if asked.with_purchases:
        # AWS knows no narrower resource for an offer that nobody has bought yet.
        buying = [_statement("BuyCommitments", PURCHASES, "*")]
        roles["PurchaseRole"] = _role("Buys commitments; separate from reading", buying)
        outputs["PurchaseRoleArn"] = {"Value": {"Fn::GetAtt": "PurchaseRole.Arn"}}
    whole = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Lets Finhouse read one billing export. It may change nothing."
        + (" A second role may buy commitments." if asked.with_purchases else ""),
        "Parameters": _parameters(asked),
        "Conditions": {
            "IsEncrypted": {"Fn::Not": [{"Fn::Equals": [{"Ref": "KmsKeyArn"}, ""]}]},
            "ReadsOrganization": {"Fn::Equals": [{"Ref": "ReadOrganization"}, "yes"]},
        },
        "Resources": roles,
        "Outputs": outputs,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _parameters(asked: Onboarding) -> Json:
    place = urlsplit(asked.location)
    prefix = place.path.strip("/")
    return {
        "TrustedPrincipal": _parameter(
            "ARN of the user or role that Finhouse runs as, or of its account's root.",
            asked.options.get("trusted_principal", ""),
            "arn:aws[a-z-]*:iam::[0-9]{12}:(root|(user|role)/.+)",
        ),
        "ExternalId": _parameter(
            "Finhouse must say it to be let in. Not a secret, but never used for anybody else.",
            asked.options.get("external_id", "") or secrets.token_hex(16),
            r"[\w+=,.@:/-]{2,1224}",
        ),
        "BucketName": _parameter("The export's bucket.", place.netloc, "[a-z0-9.-]{3,63}"),
        "Prefix": _parameter(
            "Folder of the export in the bucket, with a slash at its end; empty for all of it.",
            f"{prefix}/" if prefix else "",
            "|.*[^/]/",
            is_optional=True,
        ),
        "KmsKeyArn": _parameter(
            "Key the export is encrypted with; empty when S3 holds it.",
            asked.options.get("kms_key_arn", ""),
            "|arn:aws[a-z-]*:kms:.+:key/.+",
            is_optional=True,
        ),
        "ReadOrganization": {
            "Type": "String",
            "Description": "yes, so that linked accounts are known before they are billed.",
            "AllowedValues": ["yes", "no"],
            "Default": "yes",
        },
    }


def _parameter(said: str, value: str, pattern: str, *, is_optional: bool = False) -> Json:
    """A parameter without a default is asked for by the console."""
    default = {"Default": value} if value or is_optional else {}
    return {"Type": "String", "Description": said, "AllowedPattern": f"^({pattern})$", **default}


def _reading() -> list[Json]:
    organization = _statement("ListAccounts", actions_on(ORGANIZATION), "*")
    key = _statement("Decrypt", actions_on(KEY), {"Ref": "KmsKeyArn"})
    return [
        _statement("ListExport", actions_on(BUCKET), {"Fn::Sub": BUCKET_ARN}),
        _statement("ReadExport", actions_on(OBJECTS), {"Fn::Sub": f"{BUCKET_ARN}/${{Prefix}}*"}),
        {"Fn::If": ["IsEncrypted", key, NOTHING]},
        {"Fn::If": ["ReadsOrganization", organization, NOTHING]},
    ]


def _statement(sid: str, actions: Sequence[str], resource: str | Mapping[str, str]) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": [*actions], "Resource": resource}


def _role(said: str, statements: Sequence[Json]) -> Json:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "TrustedPrincipal"}},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Description": said,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": "finhouse",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [*statements]},
                }
            ],
        },
    }


def _connect(asked: Onboarding) -> Json:
    export = asked.export_name or "EXPORT"
    command = (
        "finhouse connection add AWS --location s3://${BucketName}/${Prefix}"
        f" --export {export} --dataset cur2"
        " --option role_arn=${ReadRole.Arn} --option external_id=${ExternalId}"
    )
    return {"Description": "What to say to Finhouse next.", "Value": {"Fn::Sub": command}}
