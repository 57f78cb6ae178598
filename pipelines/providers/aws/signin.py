"""Sign in to AWS, and turn its refusals into words for the person who must act."""

import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from urllib3.exceptions import HTTPError

from pipelines.providers.aws.permissions import needed_for
from pipelines.providers.contract import BillError, ConnectionConfig
from pipelines.providers.store import StoreError, changed
from pipelines.settings import secret

RENEW = "Renew the credentials in the connection's secret."
_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=60,
    max_pool_connections=16, user_agent_extra="finhouse",
)  # fmt: skip
_EXPIRED = ("CREDENTIALS_EXPIRED", "the credentials have expired.", RENEW)
_REFUSED = ("CREDENTIALS_REFUSED", "AWS does not know the key, or its secret is wrong.", RENEW)
_MISSING = ("MISSING", "there is no such object.", "")
# What AWS answers -> our word, what happened, what to do next.
_ANSWERS = {
    "404": _MISSING,
    "NoSuchKey": _MISSING,
    "NotFound": _MISSING,
    "NoSuchBucket": ("BUCKET_MISSING", "there is no such bucket.", "Correct the location."),
    "InvalidAccessKeyId": _REFUSED,
    "InvalidClientTokenId": _REFUSED,
    "SignatureDoesNotMatch": _REFUSED,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "AWSOrganizationsNotInUseException": (
        "NO_ORGANIZATION",
        "the account manages no organization and is in none.",
        "Its bills name the accounts.",
    ),
}
_DENIED = {
    *("403", "AccessDenied", "AccessDeniedException", "Forbidden", "AllAccessDisabled"),
    "UnauthorizedOperation",
}
_THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded"}


def connect(config: ConnectionConfig) -> Any:
    """Return the client of S3, signed in as the connection says."""
    session, region = _sign_in(config)
    endpoint = config.options.get("endpoint_url")
    style = Config(s3={"addressing_style": "path" if endpoint else "auto"})
    return session.client("s3", region, config=_CONFIG.merge(style), endpoint_url=endpoint)


def connect_organizations(config: ConnectionConfig) -> Any:
    """Return the client of AWS Organizations, signed in likewise."""
    session, region = _sign_in(config)
    endpoint = _endpoint(config, "organizations")
    return session.client("organizations", region, config=_CONFIG, endpoint_url=endpoint)


def connect_to_buy(config: ConnectionConfig, service: str, region: str, once: bool) -> Any:
    """Return the client of a service that sells; `once` never sends a request again by itself."""
    session, _ = _sign_in(config)
    attempts = _CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
    return session.client(
        service, region, config=attempts if once else _CONFIG,
        endpoint_url=_endpoint(config, service),
    )  # fmt: skip


def _sign_in(config: ConnectionConfig) -> tuple[boto3.Session, str]:
    """Sign in by the connection's secret and, if it names one, by its role."""
    options = config.options
    session = boto3.Session(**_keys(config), region_name=options.get("region"))
    region = session.region_name or "us-east-1"
    if role := options.get("role_arn"):
        sts = session.client("sts", region, config=_CONFIG, endpoint_url=_endpoint(config, "sts"))
        extra = {"ExternalId": options["external_id"]} if options.get("external_id") else {}
        granted = sts.assume_role(RoleArn=role, RoleSessionName="finhouse", **extra)["Credentials"]
        session = boto3.Session(
            granted["AccessKeyId"], granted["SecretAccessKey"], granted["SessionToken"], region
        )
    return session, region


def _endpoint(config: ConnectionConfig, service: str) -> str | None:
    return config.options.get(f"{service}_endpoint_url", config.options.get("endpoint_url"))


def _keys(config: ConnectionConfig) -> dict[str, str]:
    if config.secret == "chain":  # noqa: S105 - a reference
        return {}
    try:
        keys = json.loads(secret(config.secret))
        found = {
            name: keys.get(name) or keys.get(name.removeprefix("aws_"))
            for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        }
    except (ValueError, AttributeError) as error:
        # A JSON error quotes the text it failed on, which is the secret.
        said = "it is not a JSON object." if isinstance(error, json.JSONDecodeError) else str(error)
        raise StoreError(
            "CREDENTIALS_MISSING", config.secret, said,
            'Write {"aws_access_key_id": "...", "aws_secret_access_key": "..."}.',
        ) from None  # fmt: skip
    return {name: str(value) for name, value in found.items() if value}


def in_words(call: Callable[[], Any], where: str) -> Any:
    """Run a call to AWS; turn its errors into words for the person who must act."""
    try:
        return call()
    except ClientError as error:
        raise refusal(error, where) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise StoreError(
            "CREDENTIALS_MISSING", where, str(error), "Set the connection's secret."
        ) from error
    except (BotoCoreError, HTTPError) as error:
        raise unreachable(where, error) from error


def is_denied(error: ClientError) -> bool:
    """Tell a refusal that is about who asks or how often from one about what was asked."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code in _DENIED | _ANSWERS.keys() | _THROTTLED


def refusal(error: ClientError, where: str) -> BillError:
    """Turn AWS's refusal into words."""
    answer = error.response.get("Error", {})
    code, action = str(answer.get("Code", "")), error.operation_name
    if code == "400" and action == "HeadObject":
        code = "ExpiredToken"  # an answer without a body cannot say more
    if code in {"412", "PreconditionFailed"}:
        return changed(where)
    if code in _DENIED:
        advice = f"Grant {needed_for(action)}."
        return StoreError("ACCESS_DENIED", where, f"{action} was refused.", advice)
    failed = ("UNREACHABLE", f"{action} failed: {code} {answer.get('Message', '')}.", "Try again.")
    word, what, advice = _ANSWERS.get(code, failed)
    return StoreError(word, where, what, advice)


def unreachable(where: str, error: Exception) -> StoreError:
    """Say that AWS did not answer."""
    return StoreError("UNREACHABLE", where, str(error), "Check the network and the endpoint.")
