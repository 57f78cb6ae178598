"""A seller of Savings Plans on loopback: it takes orders by their token, and may hang up after."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCOUNT = "111111111111"


@dataclass
class Seller:
    """What was asked and sold."""

    endpoint: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By token: a token is served once."""
    hangs_up: bool = False
    refuses: int = 0
    offer_count: int = 1

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what was asked."""
        self.asked.append((operation, asked))
        if operation == "DescribeSavingsPlansOfferings":
            return {
                "searchResults": [{"offeringId": f"offer-{n}"} for n in range(self.offer_count)]
            }
        if operation == "DescribeSavingsPlans":
            return {"savingsPlans": list(self.plans.values())}
        plan = self.plans.setdefault(asked["clientToken"], self._plan(asked))
        return {"savingsPlanId": plan["savingsPlanId"]}

    def _plan(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = f"plan-{len(self.plans)}"
        return {
            "savingsPlanId": number,
            "savingsPlanArn": f"arn:aws:savingsplans::{ACCOUNT}:savingsplan/{number}",
            "state": "active",
            "tags": asked.get("tags", {}),
        }


@contextmanager
def selling() -> Iterator[Seller]:
    """Open the seller's server."""
    seller = Seller()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            operation = self.path.strip("/")
            asked = json.loads(self.rfile.read(length) or b"{}")
            is_order = operation == "CreateSavingsPlan"
            if is_order and seller.refuses:
                self._say(seller.refuses, {"message": "no"})
                return
            said = seller.answer(operation, asked)
            if is_order and seller.hangs_up:
                self.close_connection = True
                return
            self._say(200, said)

        def _say(self, status: int, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            if status >= 400:
                self.send_header("x-amzn-ErrorType", "ValidationException")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        seller.endpoint = f"http://127.0.0.1:{server.server_port}"
        yield seller
        server.shutdown()
        thread.join()
