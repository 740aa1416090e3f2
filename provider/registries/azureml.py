"""Azure ML's registries: the version of `latest`, the only label that Azure ML's models have.

Nobody gives it: it means the version that was made last
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax, and
`_managed_label_resolver` in azure/ai/ml/operations/_model_operations.py of azure-ai-ml 1.35).

A registry says where it is (`/registrymanagement/v1.0/registries/<name>/discovery`), and there its
versions are listed, as azure-ai-ml does it (azure/ai/ml/_utils/_registry_utils.py of 1.35); by this
provider's client of Azure. Where registries are asked for says `REGISTRY_DISCOVERY_ENDPOINT_URL`,
as for azure-ai-ml.
"""

import os
from typing import Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit

from facts.model_references import Reference
from provider.azure.clients import Arm
from provider.calls import call
from provider.clients import Clients
from provider.errors import ProviderError
from provider.registries.protocol import Asked, Found, UnresolvedError

__all__ = ["resolve"]

_DISCOVERY: Final = "https://eastus.api.azureml.ms"
_API: Final = "2021-10-01-dataplanepreview"
_MANAGED: Final = "latest"
_PAGE: Final = "learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax"
# To no other host a token is sent, whatever a registry says of where it is.
_HOSTS: Final = (".api.azureml.ms", ".api.ml.azure.cn", ".api.ml.azure.us")
_LOOK: Final = "Correct the names of registry and model, or ask for the right to read them"
_NOT_FOUND: Final = 404


async def resolve(clients: Clients, asked: Asked) -> Found:
    """The version that was made last."""
    return await call(lambda: _resolve(clients.azure.arm(), asked.reference))


def _resolve(arm: Arm, reference: Reference) -> Found:
    parts = reference.parts
    registry, model = parts["registry"], parts["model"]
    who = f"the Azure ML registry {registry}"
    if parts["label"] != _MANAGED:
        raise UnresolvedError(
            who,
            f"models of Azure ML have the label {_MANAGED} alone, for what was made last ({_PAGE})",
            f"Name a version; or `labels/{_MANAGED}`, where what is newest may be deployed",
        )
    try:
        versions = _get(arm, who, _versions_url(arm, who, registry, model))
    except UnresolvedError:
        raise
    except ProviderError as error:
        raise UnresolvedError(who, str(error), _LOOK) from error
    found = cast("list[dict[str, Any]]", versions.get("value") or [])
    if not found:
        raise UnresolvedError(who, f"it has no version of {model}", _LOOK)
    version = str(found[0]["name"])
    return Found(
        f"azureml://registries/{registry}/models/{model}/versions/{version}",
        version,
        details={"label": parts["label"]},
    )


def _versions_url(arm: Arm, who: str, registry: str, model: str) -> str:
    """Where the registry's versions are, newest first."""
    discovery = (os.environ.get("REGISTRY_DISCOVERY_ENDPOINT_URL") or _DISCOVERY).rstrip("/")
    name = quote(registry, safe="")
    at = _get(arm, who, f"{discovery}/registrymanagement/v1.0/registries/{name}/discovery")
    base = str(at["primaryRegionResourceProviderUri"]).rstrip("/")
    there, own = urlsplit(base), urlsplit(discovery)
    is_azure = there.scheme == "https" and (there.hostname or "").endswith(_HOSTS)
    if not is_azure and (there.scheme, there.hostname) != (own.scheme, own.hostname):
        said = f"it says that it is at {there.scheme}://{there.hostname}, which is no host of Azure"
        raise UnresolvedError(who, said, "Look at it")
    query = urlencode({"api-version": _API, "$orderBy": "createdtime desc", "$top": "1"})
    return (
        f"{base}/mferp/managementfrontend/subscriptions/{at['subscriptionId']}/resourceGroups/"
        f"{at['resourceGroup']}/providers/Microsoft.MachineLearningServices/registries/{name}"
        f"/models/{quote(model, safe='')}/versions?{query}"
    )


def _get(arm: Arm, who: str, url: str) -> dict[str, Any]:
    answer = arm.operation(url)
    if answer.status == _NOT_FOUND:
        raise UnresolvedError(who, "it is not there, or has no such model", _LOOK)
    return answer.body
