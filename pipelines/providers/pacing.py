"""Bytes come within a time, whatever the cloud; a slower way counts as cut off."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Event, Timer
from typing import TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse, Retry
from urllib3.exceptions import HTTPError

CHUNK = 8 << 20
"""Bytes that are asked for at once."""
PATIENCE = 300
"""Seconds that so many bytes may take."""
Session = TypeVar("Session", bound=requests.Session)


class TooSlowError(ConnectionError):
    """The bytes took too long."""


@contextmanager
def in_time(body: HTTPResponse) -> Iterator[None]:
    """End what is being read of a body when it takes too long.

    The socket's own timeout begins anew with every byte: a byte a second would never end.
    """
    late = Event()

    def end() -> None:
        late.set()
        body.shutdown()

    limit = Timer(PATIENCE, end)
    limit.start()
    try:
        yield
    finally:
        limit.cancel()
        if late.is_set():
            raise TooSlowError(f"bytes took longer than {PATIENCE:g} seconds.")


def paced(session: Session, retries: Retry | int = 0) -> Session:
    """Let a session's answers come in time; each is held in memory, so ask for parts."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, _WholeAnswers(max_retries=retries))
    return session


class _WholeAnswers(HTTPAdapter):
    """Hands on answers whose bodies are there.

    Whoever is handed a stream reads it as he likes: no other place sees how long it takes.
    """

    def build_response(
        self, req: requests.PreparedRequest, resp: HTTPResponse
    ) -> requests.Response:
        try:
            with in_time(resp):
                body = resp.read(decode_content=False)
        except (HTTPError, TooSlowError) as error:
            raise requests.ConnectionError(error) from error
        whole = HTTPResponse(
            BytesIO(body), resp.headers, resp.status, resp.version, reason=resp.reason,
            preload_content=False, request_method=req.method,
        )  # fmt: skip
        return super().build_response(req, whole)
