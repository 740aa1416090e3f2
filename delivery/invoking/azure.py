"""Azure ML and Azure Functions: by URL, with a token of Microsoft Entra's."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.invoking.call import Answer, Asked, Live
from delivery.invoking.http import post
from delivery.invoking.vendors import INSIDE, of_vendor

__all__ = ["call_azure_functions", "call_azure_ml"]

_AZURE_DEPLOYMENT: Final = "azure-native:machinelearningservices:OnlineDeployment"
_MODEL_VERSION: Final = "model-serving:model-version"
# https://learn.microsoft.com/azure/machine-learning/how-to-authenticate-online-endpoint
_AZURE_ML_SCOPE: Final = "https://ml.azure.com/.default"


def call_azure_ml(live: Live, asked: Asked) -> Answer:
    """By the scoring URI; a deployment is named by a header."""
    policy = _policy(live)
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
    answer = post(asked, live.url, headers, unreachable=INSIDE)
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
    scope = str(_policy(live).get("scope") or "")
    if not asked.token and not scope:
        raise Failure(
            f"{live.name}: whom a token has to be for is not told by the state\n"
            "  fix: give one by --token, or in MODEL_SERVING_TOKEN",
            Exit.AUTHENTICATION,
        )
    token = asked.token or _azure_token(scope)
    return post(asked, url, {"Authorization": f"Bearer {token}"}, unreachable=INSIDE)


def _policy(live: Live) -> dict[str, Any]:
    """Who may call, as the component says it; empty where the state tells nothing."""
    try:
        found = json.loads(live.output("invoke_policy"))
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _azure_token(scope: str) -> str:
    def get() -> str:
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        return DefaultAzureCredential().get_token(scope).token

    return of_vendor("azure", "az login", get)
