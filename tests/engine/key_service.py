"""Stands in for Vault's transit engine: gives the engine the key that stacks of tests encrypt by.

A key is derived from the sandbox's passphrase by a million rounds, in each command of the engine: a
quarter of its CPU. A key service is asked for the key. Secrets are encrypted as ever.
"""

import base64
import json
import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox import stackfile

_NAME = "tests"
# What stands in files for the key: says nothing of it.
_CIPHERTEXT = "vault:v1:the-key-of-stacks-of-tests"
_BITS = 256  # Of AES-256-GCM, by which the engine encrypts.


@contextmanager
def key_service() -> Generator[dict[str, str]]:
    """Serve while the block runs, with a key that nobody else has.

    Yields:
        Variables by which the engine finds it and the sandbox has stacks use it.
    """
    key = base64.b64encode(secrets.token_bytes(_BITS // 8)).decode()

    class Transit(BaseHTTPRequestHandler):
        """https://developer.hashicorp.com/vault/api-docs/secret/transit#decrypt-data."""

        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == f"/v1/transit/decrypt/{_NAME}" and body == {"ciphertext": _CIPHERTEXT}:
                self._answer(200, {"data": {"plaintext": key}})
            else:
                self._answer(400, {"errors": [f"{self.path} is not what tests need"]})

        def _answer(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Transit) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        encryption = {
            "secretsprovider": f"hashivault://{_NAME}",
            "encryptedkey": base64.b64encode(_CIPHERTEXT.encode()).decode(),
        }
        yield {
            stackfile.ENCRYPTION: json.dumps(encryption),
            "VAULT_ADDR": f"http://127.0.0.1:{server.server_port}",
            "VAULT_TOKEN": "nobody-asks-for-it",
        }
        server.shutdown()
