"""A model on a managed online endpoint of Azure ML: deployments by version, traffic last.

Which deployment gets what is `serving:index:AzureMlTraffic`, after all deployments; so a candidate
is there before it gets requests, and has none any more before it goes. See docs/adr/0022.
"""

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pulumi_azure_native as azure

from components.azure.azure_ml.azure_ml_access import Reach, endpoint_access
from components.azure.azure_ml.azure_ml_alerts import LATENCY_METRIC, NAMESPACE, alert
from components.azure.azure_ml.azure_ml_assets import Workspace, asset_version, digest
from components.azure.azure_ml.azure_ml_datastores import Datastores
from components.azure.azure_ml.azure_ml_deployment import Deployed, Place, Version, deployed
from components.azure.azure_ml.azure_ml_drift import (
    MODEL_INPUTS,
    read_azure_drift,
    watch_drift,
)
from components.azure.azure_ml.azure_ml_endpoint_args import AzureMlEndpointArgs
from components.azure.azure_ml.azure_ml_monitoring import gate, watch_endpoint
from components.azure.azure_ml.azure_ml_resource import AzureMlPlace
from components.azure.azure_ml.azure_ml_settings import AzureMlSettings, read_settings
from components.azure.azure_ml.azure_ml_traffic import AzureMlLiveValues, AzureMlTraffic
from components.azure.azure_ml.azure_ml_workspace import AzureMlWorkspace, Misfit, linked_workspace
from components.azure.monitoring.asked import alert_scope, read_monitoring, workbook_of
from components.checks import Checks
from components.gate import GateQueries, gate_output
from components.serving import Core, read_core
from facts.azure_ml import ACCESS_PAGE

__all__ = ["AzureMlEndpoint", "AzureMlEndpointArgs"]

_FULL = 100
_CLOSED = (
    "false: containers would reach the workspace from the internet, and it is closed to that "
    f"({ACCESS_PAGE})"
)
_PRIVATE = (
    "a workspace with a managed network or a private endpoint, or egress_public_access: true "
    f"({ACCESS_PAGE})"
)
_AUTH = {"aad_token": "AADToken", "key": "Key"}
# https://learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth
_CALL = {
    "aad_token": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action",
    "key": "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/listKeys/action",
}


class AzureMlEndpoint(pulumi.ComponentResource):
    """Endpoint, a deployment for each version, identity, scale rules, alerts.

    Callers use Microsoft Entra and a private address unless told otherwise; nothing of a request is
    kept; the identity reads its models and pulls its images, and may do nothing else.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    gate_queries: GateQueries
    """What a gate asks of each version (docs/slo.md)."""

    def __init__(
        self,
        name: str,
        args: AzureMlEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("AzureMlEndpoint", name, args, AzureMlEndpointArgs.__annotations__)
        core = read_core(checks, name, args, least_min=1, most_max=1000)
        settings = read_settings(checks, core, args)
        drifting = read_azure_drift(checks, args, settings.capture)
        asked = read_monitoring(checks, core, needs_logs=True)
        checks.raise_problems()
        super().__init__("model-serving:index:AzureMlEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = core.aws_tags()
        group = args["resource_group"]
        found = linked_workspace(
            ("AzureMlEndpoint", name),
            group,
            args["workspace_name"],
            lambda there: _misfits(settings, there),
            pulumi.InvokeOptions(parent=self),
        )
        location = found.apply(lambda there: there.location)
        workspace = Workspace(
            subscription_id=args["subscription_id"],
            resource_group=group,
            name=args["workspace_name"],
            asset_name=core.physical_name,
        )
        versions = _versions(core, settings, args)

        access = endpoint_access(
            name,
            Reach(
                versions=[version.uri for version in versions],
                containers=settings.containers,
                writes=[settings.capture.uri] if settings.capture is not None else [],
                registry_id=args.get("registry_id"),
            ),
            subscription_id=args["subscription_id"],
            resource_group=group,
            storage_group=args.get("storage_resource_group", group),
            location=location,
            tags=tags,
            opts=child,
        )
        network = "Enabled" if settings.public_access else "Disabled"
        auth_mode, description = _AUTH[settings.auth_mode], args.get("description")
        at = AzureMlPlace(
            subscription_id=args["subscription_id"],
            resource_group_name=group,
            workspace_name=args["workspace_name"],
            endpoint_name=core.physical_name,
        )
        # An endpoint is written whole: what it shares out just then is written back.
        live = AzureMlLiveValues(
            f"{name}-live",
            place=at,
            writes=digest(tags, auth_mode, network, description, access.identity.id),
            opts=child,
        )
        endpoint = azure.machinelearningservices.OnlineEndpoint(
            f"{name}-endpoint",
            resource_group_name=group,
            workspace_name=args["workspace_name"],
            endpoint_name=core.physical_name,
            location=location,
            identity=azure.machinelearningservices.ManagedServiceIdentityArgs(
                type=azure.machinelearningservices.ManagedServiceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[access.identity.id],
            ),
            properties=azure.machinelearningservices.OnlineEndpointPropertiesArgs(
                auth_mode=auth_mode,
                description=description,
                public_network_access=network,
                traffic=live.traffic,
                mirror_traffic=live.mirror_traffic,
            ),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=access.rights),
        )
        stores = Datastores(name, workspace, child)
        place = Place(
            workspace=workspace,
            stores=stores,
            egress=found.apply(lambda there: None if there.managed_network else _switch(settings)),
            location=location,
            endpoint=endpoint,
            access=access,
            captured=_captured(
                name,
                settings,
                inputs=drifting is not None,
                workspace=workspace,
                stores=stores,
                tags=tags,
                child=child,
            ),
            at=at,
            child=child,
        )
        made = [deployed(core, settings, version, place) for version in versions]
        shares, copies = _shares(core, settings, made)
        traffic = AzureMlTraffic(
            f"{name}-traffic",
            place={**at, "endpoint_name": endpoint.name},
            traffic=shares,
            mirror_traffic=copies,
            timeout_seconds=settings.ready_timeout_seconds,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[each for one in made for each in one.made]
            ),
        )
        workbook = workbook_of(core, args, "Azure ML")
        scope = alert_scope(core, args, asked, workbook=workbook, location=location, opts=child)
        for threshold, errors in (
            (core.slo.latency_p95_ms, False),
            (settings.alert_errors_per_minute, True),
        ):
            alert(scope, errors=errors, threshold=threshold, endpoint_id=endpoint.id)
        watch_endpoint(
            scope,
            core,
            settings,
            asked,
            endpoint=endpoint,
            deployed=dict(zip((one.version for one in versions), made, strict=True)),
            workspace_name=args["workspace_name"],
            log_workspace_id=args.get("log_workspace_id"),
            workbook=workbook,
        )
        if drifting is not None:
            watch_drift(
                core,
                drifting,
                workspace,
                inputs_id=place.captured[MODEL_INPUTS],
                emails=args.get("drift_emails", []),
                scope=scope,
                after=[traffic],
            )

        # Known once requests are answered.
        scoring = endpoint.properties.apply(lambda known: known.scoring_uri)
        self.url = pulumi.Output.all(scoring, traffic.status).apply(lambda known: str(known[0]))
        self.endpoint_name = traffic.endpoint_name
        self.invoke_policy = endpoint.id.apply(
            lambda known: json.dumps(
                {
                    "auth_mode": settings.auth_mode,
                    "scope": known,
                    "actions": [_CALL[settings.auth_mode]],
                }
            )
        )
        self.latency_metric = endpoint.id.apply(
            lambda known: {
                "source": "azure_monitor",
                "namespace": NAMESPACE,
                "metric": LATENCY_METRIC,
                "statistic": "Average",
                "unit": "ms",
                "resource_id": known,
            }
        )
        self.status = pulumi.Output.from_input(core.status("azure_ml", args["model_uri"]))
        self.gate_queries = gate_output(
            gate(
                core,
                asked,
                endpoint_id=endpoint.id,
                deployed=dict(zip((one.version for one in versions), made, strict=True)),
                workspace_name=args["workspace_name"],
                log_workspace_id=args.get("log_workspace_id"),
            )
        )
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "gate_queries": self.gate_queries,
            }
        )


def _misfits(settings: AzureMlSettings, workspace: AzureMlWorkspace) -> Iterator[Misfit]:
    """What the workspace's network keeps a deployment from."""
    if workspace.managed_network:
        return
    if settings.egress_public_access and not workspace.public_access:
        yield "egress_public_access", True, _CLOSED
    if not settings.egress_public_access and not workspace.has_private_endpoint:
        yield "egress_public_access", False, _PRIVATE


def _switch(settings: AzureMlSettings) -> str:
    return "Enabled" if settings.egress_public_access else "Disabled"


def _versions(core: Core, settings: AzureMlSettings, args: AzureMlEndpointArgs) -> list[Version]:
    """The stable version, and the candidate where there is one."""
    image, framework = args.get("image"), args.get("framework")
    found = [
        Version(
            version=core.model_version,
            uri=args["model_uri"],
            image=image,
            framework=framework,
            capacity=core.min_replicas,
        )
    ]
    if core.candidate_version is not None:
        found.append(
            Version(
                version=core.candidate_version,
                uri=args.get("candidate_uri", ""),
                image=args.get("candidate_image", image),
                framework=framework,
                capacity=settings.candidate_replicas,
            )
        )
    return found


def _shares(
    core: Core, settings: AzureMlSettings, made: list[Deployed]
) -> tuple[pulumi.Output[dict[str, int]], pulumi.Output[dict[str, int]]]:
    """Live traffic and copies, in percent by deployment."""
    if len(made) == 1:
        live, copied = [_FULL], [0]
    elif settings.strategy == "shadow":
        live, copied = [_FULL, 0], [0, core.canary_percent]
    else:
        live, copied = [_FULL - core.canary_percent, core.canary_percent], [0, 0]
    names = pulumi.Output.all(*(one.name for one in made))

    def by_name(shares: list[int], *, zeros: bool) -> pulumi.Output[dict[str, int]]:
        return names.apply(
            lambda known: {
                str(name): share
                for name, share in zip(known, shares, strict=True)
                if share or zeros
            }
        )

    return by_name(live, zeros=True), by_name(copied, zeros=False)


def _captured(
    name: str,
    settings: AzureMlSettings,
    *,
    inputs: bool,
    workspace: Workspace,
    stores: Datastores,
    tags: dict[str, str],
    child: pulumi.ResourceOptions,
) -> dict[str, pulumi.Output[str]]:
    """Data assets for what is kept of requests, each in a folder of its own.

    `inputs` are what the model's own code collects: what a model is asked, as a table.
    """
    if settings.capture is None:
        return {}
    uri = stores.place(settings.capture.uri, "captured").apply(lambda text: text.rstrip("/"))
    found: dict[str, pulumi.Output[str]] = {}
    kept = {"request": settings.capture.request, "response": settings.capture.response}
    for word, wanted in {**kept, MODEL_INPUTS: inputs}.items():
        if not wanted:
            continue
        folder = pulumi.Output.concat(uri, f"/{word}/")
        made = azure.machinelearningservices.DataVersion(
            f"{name}-captured-{word}",
            resource_group_name=workspace.resource_group,
            workspace_name=workspace.name,
            name=f"{workspace.asset_name}-{word}",
            version=asset_version(word, folder),
            properties=azure.machinelearningservices.UriFolderDataVersionArgs(
                data_type="uri_folder", data_uri=folder, tags=tags
            ),
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(delete_before_replace=False)
            ),
        )
        found[word] = made.id
    return found
