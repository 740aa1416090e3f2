"""A server that models are pulled from: over TLS as an address, plain as a metadata server."""

import http.server
import ipaddress
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["Answer", "Handler", "ModelStore", "Route", "redirect", "serving", "write_certificate"]

Answer = tuple[int, dict[str, str], bytes]
Route = Callable[[str, dict[str, str]], Answer]


class ModelStore(http.server.ThreadingHTTPServer):
    """Answers by `route`, and keeps what was asked: path and headers."""

    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.route: Route = lambda _path, _headers: (404, {}, b"")
        super().__init__(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def url(self, path: str = "/models/iris.onnx", host: str = "localhost") -> str:
        """An HTTPS address of this server, by either name of its certificate."""
        return f"https://{host}:{self.server_port}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Asks the server's route."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        pass

    def do_GET(self) -> None:
        server = cast(ModelStore, self.server)
        headers = {name.lower(): value for name, value in self.headers.items()}
        server.asked.append((self.path, headers))
        status, more, body = server.route(self.path, headers)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(certificate: Path | None = None) -> Generator[ModelStore]:
    """A server for the time of a test."""
    with ModelStore(certificate) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def redirect(target: str) -> Answer:
    """The answer that sends a caller on."""
    return 302, {"Location": target}, b""


def write_certificate(path: Path) -> None:
    """A certificate of this machine's loopback names, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(encoding)
    )
