"""Sign in to Azure, and turn its refusals into words for the person who must act."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core.credentials import AzureSasCredential, TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceModifiedError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.identity import (
    ClientSecretCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
)
from azure.storage.blob import ContainerClient, ExponentialRetry

from pipelines.providers.contract import BillError, ConnectionConfig
from pipelines.providers.pacing import CHUNK, paced
from pipelines.providers.store import StoreError, changed
from pipelines.settings import secret

RETRIES = 3
Credential = TokenCredential | AzureSasCredential
ROLE = "Storage Blob Data Reader"
GRANT = (
    f"Grant the role {ROLE} on the container to whoever the connection signs in as (with a SAS: "
    "the permissions read and list)."
)
SHAPES = (
    'Write {"tenant_id": "...", "client_id": "...", "client_secret": "..."}, the client secret '
    "alone beside the options tenant_id and client_id, or a SAS token."
)
_RENEW = "Renew the credential in the connection's secret."
_NETWORK = "Check the network, the endpoint and the storage account's firewall."
# What Azure answers -> our word, what happened, what to do next.
_ANSWERS = {
    "ContainerNotFound": (
        "CONTAINER_MISSING",
        "there is no such container.",
        "Correct the location.",
    ),
    "AuthorizationPermissionMismatch": ("ACCESS_DENIED", "the role is missing.", GRANT),
    "InsufficientAccountPermissions": ("ACCESS_DENIED", "a permission is missing.", GRANT),
    "AuthorizationProtocolMismatch": ("ACCESS_DENIED", "the SAS is for https only.", _RENEW),
    "AuthorizationSourceIPMismatch": ("ACCESS_DENIED", "the SAS is for other addresses.", _RENEW),
    "AuthorizationFailure": (
        "ACCESS_DENIED",
        "the account's firewall, a missing permission or an expired SAS stopped it.",
        f"{GRANT} Allow this machine's network in the storage account's networking settings.",
    ),
    "AuthenticationFailed": (
        "CREDENTIALS_REFUSED",
        "Azure refused the credential: it is wrong or has expired.",
        _RENEW,
    ),
    "AccountIsDisabled": ("ACCESS_DENIED", "the storage account is disabled.", "Enable it."),
    "NoAuthenticationInformation": ("CREDENTIALS_MISSING", "it is not public.", SHAPES),
}


class _Retry(ExponentialRetry):
    """Try again with backoff when Azure is busy or the way to it breaks.

    Never a refused credential: its token would be asked for four times, in a minute and a half.
    """

    def increment(
        self, settings: dict[str, Any], request: Any, response: Any = None, error: Any = None
    ) -> bool:
        if isinstance(error, ClientAuthenticationError):
            return False
        return super().increment(settings, request, response, error)


def connect(config: ConnectionConfig) -> ContainerClient:
    """Return the client of the location's container, signed in by the connection's secret."""
    place = urlsplit(config.location)
    container = place.path.strip("/").partition("/")[0]
    endpoint = config.options.get("endpoint_url", f"{place.scheme}://{place.netloc}")
    credential = _credential(config)
    try:
        return ContainerClient(
            endpoint,
            container,
            credential=credential,
            connection_timeout=10,
            read_timeout=60,
            max_single_get_size=CHUNK,
            session=paced(requests.Session()),
            retry_policy=_Retry(retry_total=RETRIES),
        )
    except ValueError as error:
        # An address that is none, or a token that would go over plain HTTP.
        advice = "Correct the connection's location or its option endpoint_url."
        raise StoreError("LOCATION", endpoint, f"{_first_line(error)}.", advice) from None


def _credential(config: ConnectionConfig) -> Credential:
    if config.secret == "chain":  # noqa: S105 - a reference
        return DefaultAzureCredential(
            managed_identity_client_id=config.options.get("managed_identity_client_id"),
            **_authority(config),
        )
    try:
        text = secret(config.secret).strip()
    except ValueError as error:
        raise _unfit(config, str(error)) from None
    if "sig=" in text and not text.startswith("{"):
        return AzureSasCredential(text.removeprefix("?"))
    return _service_principal(config, text)


def _service_principal(config: ConnectionConfig, text: str) -> Credential:
    given: Mapping[str, Any] = {"client_secret": text}
    if text.startswith("{"):
        try:
            given = json.loads(text)
        except ValueError:
            # A JSON error quotes the text it failed on, which is the secret.
            raise _unfit(config, "it is not a JSON object.") from None
    if given.get("sas"):
        return AzureSasCredential(str(given["sas"]).removeprefix("?"))
    found = {
        name: str(given.get(name) or config.options.get(name) or "")
        for name in ("tenant_id", "client_id", "client_secret")
    }
    if missing := [name for name, value in found.items() if not value]:
        raise _unfit(config, f"{', '.join(missing)} is missing.")
    try:
        return ClientSecretCredential(**found, **_authority(config))
    except ValueError as error:
        raise _unfit(config, f"{_first_line(error)}.") from None


def _authority(config: ConnectionConfig) -> dict[str, Any]:
    """Where to ask for tokens. Only the public cloud can vouch for its own hosts."""
    host = config.options.get("authority_host")
    return {"authority": host, "disable_instance_discovery": host is not None}


def _unfit(config: ConnectionConfig, what: str) -> StoreError:
    return StoreError("CREDENTIALS_MISSING", config.secret, what, SHAPES)


@contextmanager
def speaking(where: str) -> Iterator[None]:
    """Turn Azure's errors into words for the person who must act."""
    try:
        yield
    except CredentialUnavailableError as error:
        raise StoreError(
            "CREDENTIALS_MISSING", where, _first_line(error), "Set the connection's secret."
        ) from error
    except ResourceModifiedError as error:
        raise changed(where) from error
    except HttpResponseError as error:
        raise _refusal(error, where) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise _unreachable(where, error) from error
    except AzureError as error:
        raise _unreachable(where, error) from error


def in_words(call: Callable[[], Any], where: str) -> Any:
    """Run a call to Azure; its errors become StoreErrors."""
    with speaking(where):
        return call()


def is_missing_blob(error: BillError) -> bool:
    """Tell whether the store only said that there is no such blob."""
    return error.code == "MISSING"


def _refusal(error: HttpResponseError, where: str) -> BillError:
    said = getattr(error, "error_code", None) or ""
    code = str(getattr(said, "value", said))
    if code in _ANSWERS:
        return StoreError(_ANSWERS[code][0], where, _ANSWERS[code][1], _ANSWERS[code][2])
    if isinstance(error, ClientAuthenticationError) or error.status_code == 401:  # noqa: PLR2004
        word, what, advice = _ANSWERS["AuthenticationFailed"]
        return StoreError(word, where, f"{what} {_first_line(error)}", advice)
    if error.status_code == 403:  # noqa: PLR2004
        return StoreError("ACCESS_DENIED", where, f"it was refused ({code}).", GRANT)
    if error.status_code == 404:  # noqa: PLR2004
        return StoreError("MISSING", where, "there is no such blob.")
    return StoreError(
        "UNREACHABLE", where, f"Azure answered {code} {_first_line(error)}", "Try again."
    )


def _unreachable(where: str, error: Exception) -> StoreError:
    return StoreError("UNREACHABLE", where, _first_line(error), _NETWORK)


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
