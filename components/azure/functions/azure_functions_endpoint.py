"""A model as a function on Azure Functions, on the plan Flex Consumption or Premium.

Code and model come apart: the package is the runtime, handed over by its digest, and the model is
pulled once per instance. See docs/adr/0027.
"""

import json
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure

from components.azure.functions.azure_functions_endpoint_args import AzureFunctionsEndpointArgs
from components.azure.functions.azure_functions_package import AzureFunctionsDeployment
from components.azure.functions.functions_access import rights
from components.azure.functions.functions_app import Running, app, callers, plan, slot
from components.azure.functions.functions_drift import drift_alert, read_functions_drift
from components.azure.functions.functions_monitoring import gate, read_app_monitoring, watch_app
from components.azure.functions.functions_network import private_endpoint, read_zones
from components.azure.functions.functions_place import CANDIDATE, place
from components.azure.functions.functions_settings import Version, read_functions, read_settings
from components.azure.functions.functions_storage import PACKAGES, packages, storage
from components.azure.functions.functions_telemetry import alerts, telemetry
from components.azure.functions.functions_variables import app_settings
from components.azure.monitoring.asked import alert_scope, workbook_of
from components.checks import Checks
from components.gate import GateQueries
from facts.azure_functions import package_blob

__all__ = ["AzureFunctionsEndpoint", "AzureFunctionsEndpointArgs"]

# Where runtime/azure_handler.py answers.
_PATH: Final = "/predict"


class AzureFunctionsEndpoint(pulumi.ComponentResource):
    """App, plan, storage account, identity, telemetry, alerts; the candidate in a slot of its own.

    Callers use Microsoft Entra and a private address unless told otherwise. Nothing has a key:
    code, locks, telemetry and model are reached by the app's identity.
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
        args: AzureFunctionsEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks(
            "AzureFunctionsEndpoint", name, args, AzureFunctionsEndpointArgs.__annotations__
        )
        core = read_functions(checks, name, args)
        settings = read_settings(checks, core, args)
        zones = read_zones(checks, args)
        asked = read_app_monitoring(checks, core, settings)
        drifting = read_functions_drift(checks, args)
        checks.raise_problems()
        super().__init__("model-serving:index:AzureFunctionsEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = args["resource_group"]
        at = place(
            core,
            subscription_id=args["subscription_id"],
            resource_group=group,
            location=args["location"],
            child=child,
        )

        planned = plan(at, core, settings)
        identity = azure.managedidentity.UserAssignedIdentity(
            f"{name}-identity",
            resource_group_name=group,
            location=args["location"],
            tags=at.tags,
            opts=child,
        )
        insights = telemetry(at, settings, args.get("log_workspace_id"))
        stored = storage(at, settings, identity=identity, key=args.get("key"))
        subnet, endpoints = args.get("subnet_id"), args.get("endpoint_subnet_id")
        reached: list[pulumi.Resource] = []
        if settings.private_storage and endpoints is not None:
            reached.append(
                private_endpoint(
                    at, "blobs", of=stored.account.id, subnet_id=endpoints, zones=zones
                )
            )
        granted = rights(
            at,
            settings,
            identity=identity,
            stored=stored,
            insights_id=insights.id,
            storage_group=args.get("storage_resource_group", group),
        )
        code = packages(at, settings, stored, reached)
        running = Running(
            core=core,
            settings=settings,
            plan=planned,
            identity=identity,
            stored=stored,
            subnet_id=subnet,
            issuer=args["jwt_issuer"],
            after=[*granted, *reached],
        )

        def variables(version: Version) -> list[azure.web.NameValuePairArgs]:
            return app_settings(
                at,
                settings,
                version,
                identity=identity,
                insights=insights,
                package_url=pulumi.Output.concat(
                    stored.url(PACKAGES), "/", code[version.code_digest].digest.apply(package_blob)
                ),
            )

        candidate = (
            slot(at, running, settings.candidate, variables(settings.candidate))
            if settings.candidate is not None
            else None
        )
        made = app(at, running, variables(settings.stable), candidate)
        closed = callers(at, running, made)
        ready: pulumi.Resource = closed
        if settings.flex:
            ready = AzureFunctionsDeployment(
                f"{name}-deployment",
                place=stored.packages,
                app_name=made.name,
                digest=code[settings.stable.code_digest].digest,
                # Nobody calls the code before it is known who may.
                opts=at.opts(closed),
            )
        if endpoints is not None:
            private_endpoint(at, "app", of=made.id, subnet_id=endpoints, zones=zones)
            if candidate is not None:
                private_endpoint(
                    at, CANDIDATE, of=made.id, subnet_id=endpoints, zones=zones, after=candidate
                )
        workbook = workbook_of(core, args, "Azure Functions")
        scope = alert_scope(
            core, args, asked, workbook=workbook, location=args["location"], opts=child
        )
        if drifting is not None:
            drift_alert(core, drifting, scope, insights.id)
        alerts(scope, core.slo, insights_id=insights.id, description=args.get("description"))
        watch_app(
            scope,
            core,
            settings,
            asked,
            insights_id=insights.id,
            plan_id=planned.id,
            workbook=workbook,
        )

        # Known once there is code to call.
        host = pulumi.Output.all(made.default_host_name, ready.urn).apply(lambda known: known[0])
        self.url = pulumi.Output.concat("https://", host, _PATH)
        self.endpoint_name, self.gate_queries = made.name, gate(core, made.name, insights.id)
        self.invoke_policy = pulumi.Output.from_input(args["jwt_issuer"]).apply(
            lambda issuer: json.dumps(
                {
                    "auth_mode": "aad_token",
                    "issuer": issuer,
                    "audience": settings.jwt_audience,
                    "scope": f"api://{settings.jwt_audience}/.default",
                    "callers": settings.callers,
                }
            )
        )
        self.latency_metric = insights.id.apply(
            lambda known: {
                "source": "application_insights",
                "metric": "requests/duration",
                "statistic": "p95",
                "unit": "ms",
                "resource_id": known,
            }
        )
        self.status = pulumi.Output.from_input(core.status("azure_functions", args["model_uri"]))
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
