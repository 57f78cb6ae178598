"""Azure's ways to a token, on loopback: a tenant's token endpoint and a machine's identity."""

import base64
import ipaddress
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TENANT = "11111111-1111-1111-1111-111111111111"
SECRET = "right~word"


def certificate_in(folder: Path) -> Path:
    """Write a certificate of 127.0.0.1 and its key into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(loopback, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "loopback.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def token() -> str:
    """Spell a token of Azure Storage as Azurite believes it."""
    now = int(time.time())
    claims = {
        "aud": "https://storage.azure.com",
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
    }
    parts = (json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, b"x"))


@dataclass
class Identities:
    """A running server of tokens."""

    endpoint: str
    asked: list[str] = field(default_factory=list)
    """Paths it was asked for."""

    def answer(self, path: str, body: str) -> tuple[int, dict[str, Any]]:
        """Answer as a tenant does, or as the identity endpoint of a machine."""
        self.asked.append(path)
        if "openid-configuration" in path:
            tenant = f"{self.endpoint}/{TENANT}"
            names = {"issuer": "v2.0", "token_endpoint": "token", "authorization_endpoint": "auth"}
            return 200, {name: f"{tenant}/{tail}" for name, tail in names.items()}
        is_known = path.startswith("/machine") or f"client_secret={SECRET}" in body
        if not is_known:
            return 400, {"error": "invalid_client", "error_description": "AADSTS7000215: refused"}
        expires = int(time.time()) + 3600
        granted = {"access_token": token(), "token_type": "Bearer"}
        return 200, granted | {"expires_in": 3600, "expires_on": str(expires)}


@contextmanager
def identities(certificate: Path) -> Iterator[Identities]:
    """Serve tokens over https until the block ends."""
    served = Identities("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, content = served.answer(self.path, body)
            said = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 - the base class names it so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        served.endpoint = f"https://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield served
        server.shutdown()
        thread.join()
