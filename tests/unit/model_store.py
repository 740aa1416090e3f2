"""A server that models are pulled from: over TLS as an address, plain as a metadata server."""

import hashlib
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from runtime import train_example
from runtime.settings import Settings

__all__ = [
    "Answer",
    "Handler",
    "ModelStore",
    "Route",
    "certificate",
    "digest",
    "model",
    "redirect",
    "secure",
    "serving",
    "settings",
]

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


def digest(content: bytes) -> str:
    """The digest of a model, as settings name it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def settings(uri: str, folder: Path, **more: Any) -> Settings:  # noqa: ANN401
    """The settings of a model that is pulled to `folder`."""
    return Settings(model_uri=uri, model_folder=folder, **more)


@pytest.fixture(scope="module")
def model() -> bytes:
    """The first version of the example's model."""
    return train_example.train(train_example.VERSIONS[0])[1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate with its key, in one file."""
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    _write_certificate(path)
    return path


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelStore]:
    """A server behind TLS, its certificate trusted as a company's own is."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(certificate) as server:
        yield server


def _write_certificate(path: Path) -> None:
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
