"""Buying, changing, selling and returning commitments at AWS, by a role of its own.

A request is sent once: the SDK's own retries would buy twice where AWS takes no client token.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)
from urllib3.exceptions import HTTPError

from pipelines.providers.aws.reserved_instances import (
    Exchange,
    Modification,
    Resale,
    ReservationPurchase,
    has_listed,
)
from pipelines.providers.aws.savings_plans import PLAN_TYPES, PlanPurchase, PlanReturn
from pipelines.providers.aws.signin import connect_to_buy, in_words, is_denied, refusal, unreachable
from pipelines.providers.contract import BillError, ConnectionConfig
from pipelines.providers.purchasing import Order, OutcomeUnknownError, Receipt, RefusedError

ROLES: Final = "purchase_role_arn"
"""The connection's option: roles that may buy, one an account, separated by commas."""
SERVER_ERRORS: Final = 500
Connect = Callable[[ConnectionConfig, str, str, bool], Any]


class Deed(Protocol):
    """One kind of order as AWS takes it."""

    service: str
    operation: str
    takes_token: bool

    def region(self, order: Order) -> str:
        """Return where it is asked for."""

    def request(self, client: Any, order: Order) -> dict[str, Any]:
        """Look up all that must hold, and return what is sent. Raises RefusedError."""

    def result(self, answer: Mapping[str, Any], order: Order) -> str:
        """Return how the bills call what came of it."""

    def find(self, client: Any, order: Order, since: datetime) -> str | None:
        """Return the same, looked up; None where nothing came of it."""


@dataclass(frozen=True)
class AwsBuyer:
    """One account, entered by the role that its administrator made for buying."""

    config: ConnectionConfig
    account_id: str
    role: str
    connect: Connect = connect_to_buy

    def rehearse(self, order: Order) -> Mapping[str, Any]:
        """Return the request; EC2 is also asked whether it would be allowed."""
        deed = deed_of(order)
        request = self._request(deed, order)
        if deed.operation in DRY_RUN:
            self._dry_run(deed, order, request)
        told = {"operation": deed.operation, "request": request}
        if isinstance(deed, Resale):
            client = self._client(deed, order)
            told["has_listed_before"] = in_words(lambda: has_listed(client), self._where)
        return told

    def execute(self, order: Order) -> Receipt:
        """Send the request once."""
        deed = deed_of(order)
        request = self._request(deed, order)
        client = self._client(deed, order, once=True)
        answer = _once(lambda: getattr(client, xform_name(deed.operation))(**request), self._where)
        about = answer.pop("ResponseMetadata", {})
        return Receipt(
            deed.result(answer, order),
            _plain(
                {
                    "operation": deed.operation,
                    "request": request,
                    "request_id": about.get("RequestId"),
                    "answer": answer,
                }
            ),
        )

    def find(self, order: Order, since: datetime) -> Receipt | None:
        """Ask what there is by now."""
        deed = deed_of(order)
        client = self._client(deed, order)
        found: str | None = in_words(lambda: deed.find(client, order, since), self._where)
        return Receipt(found, {"operation": deed.operation, "found": found}) if found else None

    def is_repeatable(self, order: Order) -> bool:
        """Tell whether the request carries a client token."""
        return deed_of(order).takes_token

    @property
    def _where(self) -> str:
        return f"AWS account {self.account_id}"

    def _request(self, deed: Deed, order: Order) -> dict[str, Any]:
        client = self._client(deed, order)
        request: dict[str, Any] = in_words(lambda: deed.request(client, order), self._where)
        return request

    def _dry_run(self, deed: Deed, order: Order, request: Mapping[str, Any]) -> None:
        client = self._client(deed, order, once=True)
        try:
            getattr(client, xform_name(deed.operation))(**request, DryRun=True)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "DryRunOperation":
                raise refusal(error, self._where) from error

    def _client(self, deed: Deed, order: Order, *, once: bool = False) -> Any:
        signed = replace(self.config, options={**self.config.options, "role_arn": self.role})
        return in_words(
            lambda: self.connect(signed, deed.service, deed.region(order), once), self._where
        )


def buyer(config: ConnectionConfig, account_id: str) -> AwsBuyer | None:
    """Return who may buy in the account; None where the connection names no role for it."""
    for role in config.options.get(ROLES, "").split(","):
        if role.strip().split(":")[4:5] == [account_id]:
            return AwsBuyer(config, account_id, role.strip())
    return None


DRY_RUN: Final = frozenset(
    {"PurchaseReservedInstancesOffering", "AcceptReservedInstancesExchangeQuote"}
)
"""Operations that EC2 rehearses itself; the others have no such parameter."""
PURCHASES: Final[Mapping[str, Callable[[], Deed]]] = {
    "EC2_RI": ReservationPurchase,
    **dict.fromkeys(PLAN_TYPES, PlanPurchase),
}
CHANGES: Final[Mapping[str, Callable[[], Deed]]] = {
    "return": PlanReturn,
    "exchange": Exchange,
    "modify": Modification,
    "resell": Resale,
}


def deed_of(order: Order) -> Deed:
    """Return how AWS takes an order. Raises BillError for what is only done by hand."""
    program = order.details.get("program", "")
    if order.kind in {"buy", "queue"}:
        if program not in PURCHASES:
            raise BillError(
                "BY_HAND", order.action_id, f"{program} is bought in the console only.",
                f"Buy it there, then `finhouse actions execute {order.action_id} --by-hand ID`.",
            )  # fmt: skip
        return PURCHASES[program]()
    if order.kind not in CHANGES:
        raise BillError("ORDER", order.action_id, f"AWS knows no order {order.kind!r}.")
    return CHANGES[order.kind]()


def _once(call: Callable[[], Any], where: str) -> Any:
    """Send a request, and tell a refusal from an answer that did not arrive."""
    try:
        return call()
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_ERRORS:
            raise _unknown(where, error) from error
        said = refusal(error, where)
        if is_denied(error):
            raise said from error
        raise RefusedError(said.code, where, said.what, said.advice) from error
    except (EndpointConnectionError, ConnectTimeoutError, NoCredentialsError) as error:
        raise unreachable(where, error) from error  # nothing was sent
    except (BotoCoreError, HTTPError) as error:
        raise _unknown(where, error) from error


def _plain(evidence: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what JSON can hold: requests and answers carry times."""
    plain: Mapping[str, Any] = json.loads(json.dumps(evidence, default=str))
    return plain


def _unknown(where: str, error: Exception) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        "OUTCOME_UNKNOWN", where, f"AWS was asked and did not answer: {error}.",
        "Execute it again: what came of it is looked up first.",
    )  # fmt: skip
