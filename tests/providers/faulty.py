"""A loopback proxy before a provider's server that breaks answers on order."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import BinaryIO
from urllib.parse import urlsplit

from pipelines.providers.contract import Delivery, Provider
from pipelines.providers.landing import land
from warehouse.layout import Layout

FAULT = "x-fault"


def answer_of(code: str, status: int) -> tuple[int, bytes]:
    """Return an S3 error answer."""
    return status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()


@dataclass
class Faults:
    """What to break. `cut` counts bodies to stop half-way; `refuse` decides on a request."""

    cut: int = 0
    cut_suffix: str = ".parquet"
    refuse: Callable[[str, str], tuple[int, bytes] | None] = lambda _method, _path: None
    on_request: Callable[[str, str], None] = lambda _method, _path: None
    alter: Callable[[str, bytes], bytes] = lambda _path, content: content
    """Answers other than the server's own."""
    content_type: str = "application/xml"
    """Of refusals."""
    trickling: str = ""
    """Answers to paths with this part come byte by byte."""
    over: Event = field(default_factory=Event)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and Range of every request."""
    lock: Lock = field(default_factory=Lock)

    def take_cut(self, method: str, path: str) -> bool:
        """Tell whether this answer is to be cut."""
        with self.lock:
            cut = method == "GET" and path.endswith(self.cut_suffix) and self.cut > 0
            self.cut -= cut
            return cut

    def send(self, path: str, out: BinaryIO, content: bytes) -> None:
        """Write an answer at once, or byte by byte until all is over."""
        if not (self.trickling and self.trickling in path):
            out.write(content)
            return
        with suppress(OSError):
            for at in range(len(content)):
                out.write(content[at : at + 1])
                if self.over.wait(0.01):
                    return


@contextmanager
def proxy(endpoint: str) -> Iterator[tuple[str, Faults]]:
    """Serve `endpoint` under another address; yield the address and its faults."""
    faults, behind = Faults(), urlsplit(endpoint).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            path = urlsplit(self.path).path
            faults.requests.append((self.command, path, self.headers.get("Range", "")))
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            faults.on_request(self.command, self.path)
            if refused := faults.refuse(self.command, self.path):
                self._answer(*refused, [("Content-Type", faults.content_type)])
                return
            there = http.client.HTTPConnection(behind, timeout=30)
            there.request(self.command, self.path, body, dict(self.headers))
            with there.getresponse() as found:
                content = found.read()
                altered = faults.alter(self.path, content)
                own = [("Content-Type", faults.content_type)]
                headers = found.getheaders() if altered == content else own
                self._answer(found.status, altered, headers)
            there.close()

        def _answer(self, status: int, content: bytes, headers: list[tuple[str, str]]) -> None:
            length = str(len(content))
            self.send_response(status)
            for name, value in headers:
                if name.lower() == "content-length":
                    length = value
                elif name.lower() not in {"transfer-encoding", "connection", "date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command == "HEAD":
                return
            if status < 300 and faults.take_cut(self.command, urlsplit(self.path).path):
                content = content[: len(content) // 2]
                self.close_connection = True
            faults.send(urlsplit(self.path).path, self.wfile, content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815 - the server's names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", faults
    finally:
        faults.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def landed_rows(provider: Provider, tmp_path: Path) -> int:
    """Land the one delivery that a provider announces; return its rows."""
    (found,) = provider.deliveries()
    assert isinstance(found, Delivery), found
    return land(found, provider, Layout(tmp_path / "house")).row_count
