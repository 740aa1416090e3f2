"""Azure's client as the first-party provider makes it: where it asks, and as whom."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from provider.azure.azure_documents import why_failed
from provider.azure.clients import Answer, Azure
from provider.errors import ProviderError
from sandbox.store import Fault
from tests.unit.azure_ml_endpoints import FRAUD, Cloud, cloud
from tests.unit.test_sandbox_azure import ENDPOINT

__all__ = ["cloud"]


class _Metadata(BaseHTTPRequestHandler):
    document: Any = None

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - inherited
        """Say nothing."""

    def do_GET(self) -> None:
        body = json.dumps(self.document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Metadata]]:
    """What `ARM_CLOUD_METADATA_URL` answers."""
    running = HTTPServer(("127.0.0.1", 0), _Metadata)
    Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("ARM_CLOUD_METADATA_URL", f"http://127.0.0.1:{running.server_port}/")
    yield _Metadata
    running.shutdown()
    running.server_close()


def test_it_asks_the_cloud_that_the_environment_names(cloud: Cloud) -> None:
    arm = Azure().arm()
    document = arm.get(FRAUD)
    assert document is not None
    assert document["properties"]["traffic"] == cloud.live()
    assert arm.get(f"{FRAUD}-2") is None
    names = [each["name"] for each in arm.list(f"{FRAUD}/deployments")]
    assert names == ["blue", "green"]
    # The same client for all resources.
    azure = Azure()
    assert azure.arm() is azure.arm()


def test_a_refusal_has_the_vendors_code(cloud: Cloud) -> None:
    arm = Azure().arm()
    document = arm.get(FRAUD)
    assert document is not None
    document["properties"]["traffic"] = {"blue": 90}
    with pytest.raises(ProviderError, match=r"^UserError: properties\.traffic: got shares that"):
        arm.put(FRAUD, document)
    assert cloud.live() == {"blue": 100}


def test_who_has_no_credentials_is_told_what_to_do(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    since = len(cloud.store.events(token=ENDPOINT))
    with pytest.raises(ProviderError, match=r"^credentials: .*Log in by `az login`"):
        Azure().arm().get(FRAUD)
    assert len(cloud.store.events(token=ENDPOINT)) == since


def test_what_is_not_answered_is_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    cloud.store.add_fault(Fault(ENDPOINT, "OnlineEndpoints_Get", "unreachable", count=-1))
    with pytest.raises(
        ProviderError,
        match=rf"^GET http://127\.0\.0\.1:\d+{FRAUD}: no answer: Remote end closed connection",
    ):
        Azure().arm().get(FRAUD)


def test_a_token_goes_nowhere_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_CLOUD_METADATA_URL", "http://cloud.example/metadata")
    with pytest.raises(ProviderError, match="use an https URL"):
        Azure().arm()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ([{"name": "other"}], "does not say `resourceManager`"),
        ([], "does not say"),
        ({"resourceManager": "https://arm.example", "authentication": {}}, "does not say"),
    ],
)
def test_a_cloud_that_says_too_little(
    metadata: type[_Metadata], document: object, told: str
) -> None:
    metadata.document = document
    with pytest.raises(ProviderError, match=told):
        Azure().arm()


def test_a_cloud_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_CLOUD_METADATA_URL", "http://127.0.0.1:9/")
    with pytest.raises(ProviderError, match=r"ARM_CLOUD_METADATA_URL: http://127\.0\.0\.1:9/"):
        Azure().arm()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(200, {"status": "InProgress"}), None),
        (Answer(200, {"status": "Succeeded"}), ""),
        (Answer(200, {"status": "Canceled"}), "The operation ended Canceled"),
        (Answer(200, {"status": "Failed", "error": {"code": "A", "message": "b"}}), "A: b"),
        # Forgotten: else it would be waited for until the deadline.
        (Answer(404, {"error": {"code": "NotFound"}}), ""),
    ],
)
def test_how_an_operation_ended(answer: Answer, told: str | None) -> None:
    assert why_failed(answer) == told
