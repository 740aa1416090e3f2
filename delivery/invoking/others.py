"""Vertex AI, Cloud Run, Azure ML and Azure Functions: by URL, with a token of the vendor's."""

import json
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.invoking.call import Answer, Asked, Live
from delivery.invoking.http import post

__all__ = ["call_azure_functions", "call_azure_ml", "call_cloud_run", "call_vertex"]

_AZURE_DEPLOYMENT: Final = "azure-native:machinelearningservices:OnlineDeployment"
_VERTEX_DEPLOYMENT: Final = "serving:index:VertexDeployedModel"
_MODEL_VERSION: Final = "model-serving:model-version"
# https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint
_AZURE_ML_SCOPE: Final = "https://ml.azure.com/.default"
_CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"
_INSIDE: Final = "call it from within its network, or by an address that leads there (--via)"


def call_vertex(live: Live, asked: Asked) -> Answer:
    """By `:predict`; Vertex AI itself deals requests out to the deployed models."""
    if asked.candidate:
        raise Failure(
            f"{live.name}: a caller of Vertex AI cannot choose the deployed model\n"
            "  fix: leave --candidate out and look at who answered, or set canary_percent to 100"
        )
    token = asked.token or _google_token()
    answer = post(asked, live.url, {"Authorization": f"Bearer {token}"}, unreachable=_INSIDE)
    deployed = str(answer.members.get("deployedModelId") or "")
    return replace(answer, variant=deployed, version=_vertex_version(live, deployed))


def _vertex_version(live: Live, deployed: str) -> str:
    """The model's version that a deployed model's id stands for; its display name ends with it."""
    for each in live.parts(_VERTEX_DEPLOYMENT):
        outputs = cast("Mapping[str, Any]", each.get("outputs") or {})
        if deployed and str(outputs.get("deployedModelId")) == deployed:
            return str(outputs.get("displayName") or "").rpartition(" ")[2]
    return ""


def call_cloud_run(live: Live, asked: Asked) -> Answer:
    """By the service's URL, or the one of the revision that is tagged as the candidate."""
    url = live.url
    if asked.candidate:
        live.needs_candidate()
        url = live.output("candidate_url")
        if not url:
            raise Failure(f"{live.name} has no URL for its candidate alone")
        if urllib.parse.urlsplit(url).path in {"", "/"}:
            # The tag's host, and the route of the service.
            path = urllib.parse.urlsplit(live.url).path
            url = urllib.parse.urlsplit(url)._replace(path=path).geturl()
    parts = urllib.parse.urlsplit(live.url)
    token = asked.token or _identity_token(f"{parts.scheme}://{parts.netloc}")
    return post(asked, url, {"Authorization": f"Bearer {token}"}, unreachable=_INSIDE)


def call_azure_ml(live: Live, asked: Asked) -> Answer:
    """By the scoring URI; a deployment is named by a header."""
    policy = _document(live.output("invoke_policy"))
    token = asked.token
    if not token and policy.get("auth_mode") == "key":
        name = live.deployed.endpoint_name
        raise Failure(
            f"{live.name} takes callers with its key\n  fix: give it by --token, or in "
            'MODEL_SERVING_TOKEN, such as "$(az ml online-endpoint get-credentials --name '
            f'{name} --query primaryKey -o tsv)"',
            Exit.AUTHENTICATION,
        )
    headers = {"Authorization": f"Bearer {token or _azure_token(_AZURE_ML_SCOPE)}"}
    by_name = _deployments(live)
    if asked.candidate:
        live.needs_candidate()
        wanted = live.version_of("candidate")
        names = [name for name, version in by_name.items() if version == wanted]
        if not names:
            raise Failure(f"{live.name}: no deployment holds version {wanted}", Exit.ERROR)
        headers["azureml-model-deployment"] = names[0]
    answer = post(asked, live.url, headers, unreachable=_INSIDE)
    variant = answer.headers.get("azureml-model-deployment", "")
    return replace(answer, variant=variant, version=by_name.get(variant, ""))


def _deployments(live: Live) -> dict[str, str]:
    """Versions by the name of their deployment."""
    found: dict[str, str] = {}
    for each in live.parts(_AZURE_DEPLOYMENT):
        inputs = cast("Mapping[str, Any]", each.get("inputs") or {})
        tags = cast("Mapping[str, Any]", inputs.get("tags") or {})
        found[str(inputs.get("deploymentName"))] = str(tags.get(_MODEL_VERSION) or "")
    return found


def call_azure_functions(live: Live, asked: Asked) -> Answer:
    """By the app's URL, with a token for its application; a slot is named in the query.

    https://learn.microsoft.com/azure/app-service/deploy-staging-slots#route-production-traffic-manually
    """
    url = live.url
    if asked.candidate:
        live.needs_candidate()
        url = f"{url}?x-ms-routing-name=candidate"
    scope = str(_document(live.output("invoke_policy")).get("scope") or "")
    if not asked.token and not scope:
        raise Failure(
            f"{live.name}: whom a token has to be for is not told by the state\n"
            "  fix: give one by --token, or in MODEL_SERVING_TOKEN",
            Exit.AUTHENTICATION,
        )
    token = asked.token or _azure_token(scope)
    return post(asked, url, {"Authorization": f"Bearer {token}"}, unreachable=_INSIDE)


# ---- tokens ----


def _google_token() -> str:
    return _of_vendor("gcp", "gcloud auth application-default login", _google_access)


def _google_access() -> str:
    import google.auth  # noqa: PLC0415
    from google.auth.transport.requests import Request  # noqa: PLC0415

    library: Any = google.auth
    credentials = library.default(scopes=[_CLOUD_PLATFORM])[0]
    credentials.refresh(Request())
    return str(credentials.token)


def _identity_token(audience: str) -> str:
    def fetch() -> str:
        from google.auth.transport.requests import Request  # noqa: PLC0415
        from google.oauth2 import id_token  # noqa: PLC0415

        library: Any = id_token
        return str(library.fetch_id_token(Request(), audience))

    return _of_vendor(
        "gcp",
        'give one by --token "$(gcloud auth print-identity-token)", or run as a service account',
        fetch,
    )


def _azure_token(scope: str) -> str:
    def get() -> str:
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        return DefaultAzureCredential().get_token(scope).token

    return _of_vendor("azure", "az login", get)


def _of_vendor(group: str, login: str, get: Callable[[], str]) -> str:
    """A token, by the vendor's own client; whatever it raises has no common class."""
    try:
        return get()
    except ImportError:
        raise Failure(
            f"the client of this cloud is not installed\n  fix: uv sync --group {group}"
        ) from None
    except Exception as error:  # noqa: BLE001 - see above
        reason = str(error).strip().splitlines()
        told = reason[0] if reason else type(error).__name__
        raise Failure(f"no credentials: {told}\n  fix: {login}", Exit.AUTHENTICATION) from None


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
