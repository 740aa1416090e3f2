"""Azure Resource Manager for the resources, by Azure's own client, made when it is first needed.

Where to ask is found in `ARM_CLOUD_METADATA_URL` (the cloud `AZUREML_CURRENT_CLOUD` there), as in
Azure's command line and its Azure ML client; without it in Azure's public cloud.
"""

import json
import os
import re
import threading
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from provider.azure import pipeline
from provider.errors import ProviderError, one_line

__all__ = ["API_VERSION", "Answer", "Arm", "Azure", "manager", "refused"]

# The version by which pulumi-azure-native 3.29 speaks of endpoints and deployments.
API_VERSION: Final = "2025-12-01"
_PUBLIC: Final = "https://management.azure.com"


@dataclass(frozen=True, slots=True)
class Answer:
    """What ARM said: `operation` is the URL of what it goes on with, empty when it is done."""

    status: int
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    operation: str = ""
    wait_seconds: float | None = None


class Arm(Protocol):
    """The calls of ARM that this provider makes, and no others. They block."""

    def get(self, resource_id: str, api_version: str = API_VERSION) -> dict[str, Any] | None:
        """A resource; None when there is none."""
        ...

    def list(self, collection_id: str) -> list[dict[str, Any]]:
        """All of a collection."""
        ...

    def put(
        self,
        resource_id: str,
        document: Mapping[str, object],
        api_version: str = API_VERSION,
    ) -> Answer:
        """Write a resource whole."""
        ...

    def operation(self, url: str) -> Answer:
        """How far a long operation is."""
        ...


class Azure:
    """The client of one process. Safe from several threads."""

    def __init__(self) -> None:
        self._arm: Arm | None = None
        self._lock = threading.Lock()

    def arm(self) -> Arm:
        """The client. Raises `ProviderError` where Azure's packages are missing."""
        with self._lock:
            if self._arm is None:
                self._arm = _Client(*manager())
            return self._arm


def refused(error: ProviderError, *codes: str) -> bool:
    """Whether ARM refused by one of these codes."""
    return str(error).partition(":")[0] in codes


def manager() -> tuple[str, Any]:
    """Where Azure Resource Manager is, and a pipeline to it with a login's token.

    Raises `ProviderError` where Azure's packages are missing.
    """
    where, audience = _cloud()

    def token(credential: Any) -> Any:  # noqa: ANN401 - azure-core's
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy  # noqa: PLC0415

        return ARMChallengeAuthenticationPolicy(credential, f"{audience.rstrip('/')}/.default")

    policies = pipeline.policies(token)
    from azure.mgmt.core import ARMPipelineClient  # noqa: PLC0415

    url = where.rstrip("/")
    return url, cast(Any, ARMPipelineClient)(base_url=url, policies=policies)


class _Client:
    def __init__(self, url: str, client: Any) -> None:  # noqa: ANN401 - azure-core's
        self._url = url
        self._client = client

    def get(self, resource_id: str, api_version: str = API_VERSION) -> dict[str, Any] | None:
        answer = self._send("GET", self._of(resource_id, api_version))
        return None if answer.status == pipeline.NOT_FOUND else answer.body

    def list(self, collection_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        url = self._of(collection_id, API_VERSION)
        while url:
            page = self._send("GET", url).body
            found += page.get("value", [])
            url = str(page.get("nextLink") or "")
        return found

    def put(
        self,
        resource_id: str,
        document: Mapping[str, object],
        api_version: str = API_VERSION,
    ) -> Answer:
        return self._send("PUT", self._of(resource_id, api_version), document)

    def operation(self, url: str) -> Answer:
        return self._send("GET", url)

    def _of(self, resource_id: str, api_version: str) -> str:
        path = urllib.parse.quote(resource_id)
        return f"{self._url}{path}?api-version={api_version}"

    def _send(self, method: str, url: str, document: Mapping[str, object] | None = None) -> Answer:
        response = pipeline.send(self._client, method, url, json=document)
        if pipeline.is_refused(response.status_code, missing=method == "GET"):
            raise ProviderError(_reason(response))
        return Answer(
            status=response.status_code,
            body=cast(dict[str, Any], response.json() if response.content else {}),
            operation=str(response.headers.get("Azure-AsyncOperation") or ""),
            wait_seconds=_wait(response.headers),
        )


def _reason(response: Any) -> str:  # noqa: ANN401 - a response of azure-core
    """`<Code>: <message>` of ARM's error."""
    try:
        error = cast(dict[str, Any], response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"HttpError: Azure answered {response.status_code} {response.reason}"
    return f"{error.get('code')}: {' '.join(str(error.get('message') or '').split())}"


def _wait(headers: Mapping[str, str]) -> float | None:
    for name, factor in (("retry-after-ms", 0.001), ("Retry-After", 1)):
        text = headers.get(name, "")
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text) * factor
    return None


def _cloud() -> tuple[str, str]:
    """Where ARM is, and for whom its tokens are."""
    source = os.environ.get("ARM_CLOUD_METADATA_URL")
    if not source:
        return _PUBLIC, _PUBLIC
    address = urllib.parse.urlsplit(source)
    if address.scheme != "https" and address.hostname not in pipeline.LOOPBACK:
        raise ProviderError(f"ARM_CLOUD_METADATA_URL: got {source!r}; use an https URL")
    try:
        with urllib.request.urlopen(source, timeout=30) as answer:  # noqa: S310 - checked above
            document = cast(object, json.load(answer))
    except (OSError, ValueError) as error:
        raise ProviderError(f"ARM_CLOUD_METADATA_URL: {source}: {one_line(error)}") from error
    clouds = cast(list[dict[str, Any]], document if isinstance(document, list) else [document])
    name = os.environ.get("AZUREML_CURRENT_CLOUD")
    try:
        chosen = next((cloud for cloud in clouds if cloud.get("name") == name), clouds[0])
        manager = str(chosen["resourceManager"])
        audience = str(chosen["authentication"]["audiences"][0])
    except (KeyError, IndexError, TypeError) as error:
        raise ProviderError(
            f"ARM_CLOUD_METADATA_URL: {source} does not say `resourceManager` and `audiences`"
        ) from error
    return manager, audience
