"""Sign in to BigQuery, and turn its refusals into words for the person who must act."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import google.auth
import requests
from google.api_core.client_info import ClientInfo
from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import (
    DefaultCredentialsError,
    GoogleAuthError,
    RefreshError,
    TransportError,
)
from google.auth.transport.requests import AuthorizedSession
from google.cloud import bigquery
from google.oauth2 import service_account

from pipelines.providers.contract import BillError, ConnectionConfig
from pipelines.providers.gcp.addresses import TableAddress
from pipelines.providers.gcp.permissions import DATA_ROLE, JOB_ROLE
from pipelines.providers.pacing import paced
from pipelines.providers.store import StoreError
from pipelines.settings import secret

SCOPES = (
    "https://www.googleapis.com/auth/bigquery",
    "https://www.googleapis.com/auth/cloud-platform",
)
RENEW = "Renew the service account's key and the connection's secret."
CHECK_NETWORK = "Check the network and the endpoint, then try again."
API = "Enable the BigQuery API (bigquery.googleapis.com) in the project, then try again."
_PERMISSION = re.compile(r"bigquery\.(\w+)\.(\w+)")
_DATA = f"Grant the service account {DATA_ROLE} on the dataset."
_JOBS = f"Grant the service account {JOB_ROLE} on the project that runs the queries."
# What BigQuery gives as its reason -> our word, what to do next.
_REASONS = {
    "quotaExceeded": (
        "QUOTA_EXCEEDED",
        "Wait until the quota renews, or raise BigQuery's query quota of the project.",
    ),
    "rateLimitExceeded": ("UNREACHABLE", "Try again later; fewer refreshes at once help."),
    "accessNotConfigured": ("API_DISABLED", API),
    "SERVICE_DISABLED": ("API_DISABLED", API),
    "billingNotEnabled": ("BILLING_DISABLED", "Link the project to a billing account."),
    "bytesBilledLimitExceeded": (
        "BYTES_BILLED_LIMIT",
        "Raise the connection's option max_bytes_billed, or set first_month to read less.",
    ),
}


def connect(config: ConnectionConfig, table: TableAddress) -> bigquery.Client:
    """Sign in by the connection's secret; queries run in the option `project` or the table's."""
    endpoint = config.options.get("endpoint_url")
    project = config.options.get("project", table.project)
    credentials = _credentials(config, endpoint)
    return bigquery.Client(
        project=project,
        credentials=credentials,
        _http=paced(AuthorizedSession(credentials)),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": endpoint} if endpoint else None,
        client_info=ClientInfo(user_agent="finhouse"),  # type: ignore[no-untyped-call]
    )


def _credentials(config: ConnectionConfig, endpoint: str | None) -> Credentials:
    if config.secret != "chain":  # noqa: S105 - a reference
        return _service_account(config.secret)
    if endpoint and endpoint.startswith("http://"):
        # The machine's own identity is never sent in the clear; an emulator asks for none.
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    credentials: Credentials = google.auth.default(scopes=SCOPES)[0]
    return credentials


def _service_account(reference: str) -> Credentials:
    try:
        text = secret(reference)
    except ValueError as error:
        raise _no_key(reference, str(error)) from error
    try:
        signed: Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            json.loads(text), scopes=SCOPES
        )
    except (ValueError, AttributeError, TypeError, GoogleAuthError):
        # What goes wrong with a key quotes the key.
        raise _no_key(reference, "it holds no service account's key.") from None
    return signed


def _no_key(reference: str, what: str) -> StoreError:
    advice = "Store the JSON key that Google Cloud made for the service account."
    return StoreError("CREDENTIALS_MISSING", reference, what, advice)


@contextmanager
def in_words(where: object) -> Iterator[None]:
    """Turn what BigQuery answers into words for the person who must act."""
    try:
        yield
    except GoogleAPICallError as error:
        raise _refusal(error, str(where)) from error
    except DefaultCredentialsError as error:
        raise StoreError(
            "CREDENTIALS_MISSING", str(where), "no credentials were found.",
            "Set the connection's secret to a service account's key, as env:NAME or file:PATH.",
        ) from error  # fmt: skip
    except RefreshError as error:
        raise StoreError(
            "CREDENTIALS_REFUSED", str(where), "Google refused the credentials.", RENEW
        ) from error
    except RetryError as error:
        if isinstance(error.cause, GoogleAPICallError):
            raise _refusal(error.cause, str(where)) from error
        raise StoreError("UNREACHABLE", str(where), str(error), CHECK_NETWORK) from error
    except (TransportError, requests.RequestException) as error:
        raise StoreError("UNREACHABLE", str(where), str(error), CHECK_NETWORK) from error


def _refusal(error: GoogleAPICallError, where: str) -> BillError:
    said = str(error.message)
    if error.code == requests.codes.unauthorized:
        return StoreError("CREDENTIALS_EXPIRED", where, "the credentials have expired.", RENEW)
    if isinstance(error, NotFound):
        return _missing(where, said)
    for reason in _reasons(error):
        if reason in _REASONS:
            word, advice = _REASONS[reason]
            return StoreError(word, where, f"{said[:300]}.", advice)
    if error.code == requests.codes.forbidden:
        return StoreError("ACCESS_DENIED", where, f"{said[:300]}.", _grant(said))
    if error.code == requests.codes.bad_request:
        return StoreError(
            "QUERY_REFUSED", where, f"{said[:300]}.", "Is the connection's dataset this table's?"
        )
    return StoreError("UNREACHABLE", where, f"{said[:300]}.", CHECK_NETWORK)


def _reasons(error: GoogleAPICallError) -> list[str]:
    """Return the reasons BigQuery gives: in its errors, and in a disabled API's details."""
    given: list[Any] = [*(error.errors or ()), *(error.details or ())]
    reasons = [str(one["reason"]) for one in given if isinstance(one, dict) and "reason" in one]
    disabled = "has not been used in project" in str(error.message)
    return [*reasons, *(["SERVICE_DISABLED"] if disabled else [])]


def _missing(where: str, said: str) -> BillError:
    if re.search(r"not found:? dataset", said, re.IGNORECASE):
        advice = "Correct the dataset in the connection's location."
        return StoreError("DATASET_MISSING", where, "there is no such dataset.", advice)
    return StoreError(
        "TABLE_MISSING",
        where,
        "there is no such table.",
        "Correct the export's name; Google creates the table some hours after the export is on.",
    )


def _grant(said: str) -> str:
    found = _PERMISSION.search(said)
    if found is None:
        return f"{_DATA} {_JOBS}"
    return _JOBS if found[1] == "jobs" else _DATA
