"""Settings of an app: the host's, and what the runtime reads of the model that it serves."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_azure_native as azure

from components.azure.functions.functions_place import Place
from components.azure.functions.functions_settings import FunctionsSettings, Version
from facts.drift_profiles import PROFILE_VARIABLE

__all__ = ["app_settings"]


def app_settings(
    place: Place,
    settings: FunctionsSettings,
    version: Version,
    *,
    identity: azure.managedidentity.UserAssignedIdentity,
    insights: azure.applicationinsights.Component,
    package_url: pulumi.Input[str],
) -> list[azure.web.NameValuePairArgs]:
    """By name, so that their order is no difference; `package_url` is of plan premium.

    Everybody who reads the app reads them: storage, telemetry and model are reached by identity.
    """
    client = identity.client_id
    profile = settings.profile_uri
    said: dict[str, Any] = {
        **({PROFILE_VARIABLE: profile} if profile is not None else {}),
        **settings.environment_variables,
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": pulumi.Output.concat(
            "Authorization=AAD;ClientId=", client
        ),
        "APPLICATIONINSIGHTS_CONNECTION_STRING": insights.connection_string,
        # By which the model is pulled.
        "AZURE_CLIENT_ID": client,
        "AzureFunctionsJobHost__functionTimeout": _time(settings.timeout_seconds),
        "AzureFunctionsWebHost__hostid": place.host_id,
        "AzureWebJobsStorage__accountName": place.account_name,
        "AzureWebJobsStorage__clientId": client,
        "AzureWebJobsStorage__credential": "managedidentity",
        "MODEL_SERVING_MODEL_NAME": place.name,
        "MODEL_SERVING_MODEL_VERSION": version.version,
        "MODEL_SERVING_TIMEOUT_SECONDS": str(settings.timeout_seconds),
    }
    if not (isinstance(version.uri, str) and version.uri.startswith("file:")):
        said["MODEL_SERVING_MODEL_URI"] = version.uri
    if version.digest is not None:
        said["MODEL_SERVING_MODEL_DIGEST"] = version.digest
    if not settings.flex:
        said |= _premium(settings, identity.id, package_url)
    return [
        azure.web.NameValuePairArgs(name=name, value=value) for name, value in sorted(said.items())
    ]


def _premium(
    settings: FunctionsSettings, identity_id: pulumi.Input[str], package_url: pulumi.Input[str]
) -> Mapping[str, Any]:
    """What the other plan has as properties of its own.

    https://learn.microsoft.com/azure/azure-functions/run-functions-from-deployment-package
    """
    found: dict[str, Any] = {
        "FUNCTIONS_EXTENSION_VERSION": "~4",
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "WEBSITE_RUN_FROM_PACKAGE": package_url,
        "WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID": identity_id,
    }
    if settings.concurrency is not None:
        found["AzureFunctionsJobHost__extensions__http__maxConcurrentRequests"] = str(
            settings.concurrency
        )
    return found


def _time(seconds: int) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}"
