"""A model on a Vertex AI endpoint."""

from functools import partial
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.gate import CANDIDATE, STABLE, GateQueries
from components.gcp.monitoring.asked import read_monitoring
from components.gcp.monitoring.gate import gate_queries
from components.gcp.monitoring.slo_alerts import slo_alerts
from components.gcp.monitoring.watch import Watch, shown_at, watch
from components.gcp.names import project_number
from components.gcp.vertex.vertex_capture import captured
from components.gcp.vertex.vertex_container import Registered, upload
from components.gcp.vertex.vertex_deployed_model import VertexDeployedModel
from components.gcp.vertex.vertex_drift import watch_drift
from components.gcp.vertex.vertex_endpoint_args import VertexEndpointArgs
from components.gcp.vertex.vertex_endpoint_parts import (
    invoke_policy,
    private_access,
    resource_pool,
    url,
)
from components.gcp.vertex.vertex_endpoint_settings import EndpointSettings, read_endpoint
from components.gcp.vertex.vertex_identity import Places, VertexIdentity
from components.gcp.vertex.vertex_key import model_key
from components.gcp.vertex.vertex_measured import counted, latency_metric, measured, watched
from components.gcp.vertex.vertex_traffic_split import VertexTrafficSplit
from components.gcp.vertex.vertex_uses import unwatched, vertex_uses
from components.serving import Core, read_core
from facts import tags
from facts.strategies import slug
from facts.vertex_serving import ENDPOINT_KINDS, registry_version

__all__ = ["VertexEndpoint", "VertexEndpointArgs"]

_ALL: int = 100


class VertexEndpoint(pulumi.ComponentResource):
    """Models in the registry, endpoint, deployments, traffic split, account, key and alerts.

    Children are named by version, so that promoting a candidate moves the traffic and touches
    neither model. The split follows the deployments; what is no longer asked for is taken away
    after it, when it gets nothing any more.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    gate_queries: GateQueries
    """What a gate asks of each version (docs/slo.md)."""
    resource_pool: pulumi.Output[str]
    """Name of the pool that the machines are in; empty without one."""
    dashboard_url: pulumi.Output[str]
    """Where people look at it; empty without a dashboard."""

    def __init__(
        self,
        name: str,
        args: VertexEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("VertexEndpoint", name, args, VertexEndpointArgs.__annotations__)
        core = read_core(checks, name, args, least_min=1, most_max=1000)
        settings = read_endpoint(checks, core, args)
        asked = read_monitoring(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:VertexEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        project, region, kind = args["project"], settings.region, settings.kind
        labels = tags.google(core.vocabulary())
        number = project_number(project, self)

        own_dataset = settings.capture is not None and settings.capture.uri is None
        key, key_grants = model_key(
            name,
            args.get("key"),
            region=region,
            project=project,
            number=number,
            bigquery=own_dataset,
            labels=labels,
            parent=self,
        )
        identity = VertexIdentity(
            name,
            physical_name=core.physical_name,
            project=project,
            number=number,
            given=args.get("service_account"),
            parent=self,
        )
        logging: gcp.vertex.AiEndpointPredictRequestResponseLoggingConfigArgsDict | None = None
        before = list(key_grants)
        if settings.capture is not None:
            logging, writers = captured(
                settings.capture,
                core,
                project=project,
                region=region,
                key=key,
                agent=identity.agent,
                labels=tags.google(core.keeping()),
                after=key_grants,
                parent=self,
            )
            before += writers
        endpoint = gcp.vertex.AiEndpoint(
            f"{name}-endpoint",
            name=core.physical_name,
            display_name=core.physical_name,
            description=args.get("description"),
            project=project,
            location=region,
            region=region,
            labels=tags.google(core.keeping()),
            encryption_spec={"kms_key_name": key},
            # Of private endpoints nothing may be said of it, not even no.
            dedicated_endpoint_enabled={"dedicated": True, "public": False}.get(kind),
            network=args.get("network"),
            private_service_connect_config=private_access(settings),
            predict_request_response_logging_config=logging,
            # Its id is its address: a new one cannot be beside it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=before, delete_before_replace=True),
        )
        pool = resource_pool(self, core, args["project"], settings)
        deployed: dict[str, VertexDeployedModel] = {}
        # What gets less goes before what gets more, also where all is deleted one by one. Made one
        # after the other they are no slower: an endpoint takes one change at a time.
        for version in sorted(settings.uris, key=partial(_share, core), reverse=True):
            larger = list(deployed.values())
            deployed[version] = self._deploy(
                version, core, args, settings, identity, endpoint, key, pool, larger
            )
        split = VertexTrafficSplit(
            f"{name}-traffic",
            project=project,
            region=region,
            endpoint=endpoint.name,
            traffic=[
                {
                    "deployed_model_id": deployed[version].deployed_model_id,
                    "percent": _share(core, version),
                }
                for version in settings.uris
            ],
            timeout_seconds=settings.ready_timeout_seconds,
            opts=child,
        )
        resource, peered = watched(core.physical_name), kind == "peered"
        machine = settings.machine if pool is None else None
        filters, channels = measured(resource, peered=peered), args.get("notification_channels", [])
        about = watch(
            core,
            Watch(
                asked,
                core.physical_name_as("vertex"),
                project,
                labels,
                channels,
                args.get("page_channels", []),
                self,
            ),
            measured=filters,
            watched=resource,
            uses=vertex_uses(core, resource, machine, peered=peered),
            unwatched=unwatched(machine),
        )
        if settings.drift is not None:
            watch_drift(
                core,
                settings,
                settings.drift,
                project=project,
                labels=labels,
                channels=channels,
                about=about,
                identity=identity,
                endpoint=endpoint,
                key=key,
                deployed=[deployed[version].deployed_model_id for version in settings.uris],
                after=[split],
                parent=self,
            )
        slo_alerts(
            core,
            filters,
            project=project,
            channels=channels,
            labels=labels,
            parent=self,
            about=about,
        )

        self.url = url(settings, endpoint, split, number, deployed[core.model_version])
        # Known once the traffic is what was asked for.
        self.endpoint_name = pulumi.Output.all(endpoint.name, split.id).apply(
            lambda known: str(known[0])
        )
        self.invoke_policy = pulumi.Output.all(endpoint.id, args.get("network")).apply(
            lambda known: invoke_policy(kind, *known, projects=settings.allowed_projects)
        )
        self.latency_metric = pulumi.Output.from_input(
            latency_metric(core.physical_name, peered=peered)
        )
        self.status = pulumi.Output.from_input(core.status("vertex", args["model_uri"]))
        self.dashboard_url = shown_at(about)
        self.gate_queries = gate_queries(
            core.slo,
            counted(resource, peered=peered),
            {
                STABLE if version == core.model_version else CANDIDATE: (
                    version,
                    made.deployed_model_id,
                )
                for version, made in deployed.items()
            },
            project,
        )
        self.resource_pool = pulumi.Output.from_input(pool or "").apply(
            lambda known: known.rpartition("/")[2]
        )
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "resource_pool": self.resource_pool,
                "dashboard_url": self.dashboard_url,
                "gate_queries": self.gate_queries,
            }
        )

    def _deploy(  # noqa: PLR0917 - what both versions share
        self,
        version: str,
        core: Core,
        args: VertexEndpointArgs,
        settings: EndpointSettings,
        identity: VertexIdentity,
        endpoint: gcp.vertex.AiEndpoint,
        key: pulumi.Input[str],
        pool: pulumi.Input[str] | None,
        larger: list[VertexDeployedModel],
    ) -> VertexDeployedModel:
        """One version on the endpoint; what it is made of is of that version alone."""
        machine, scaling = settings.machine, settings.scaling
        if pool is None:
            placed: dict[str, Any] = {
                "machine_type": machine.machine_type,
                "accelerator_type": machine.accelerator_type,
                "accelerator_count": machine.accelerator_count,
                "spot": settings.spot or None,
                "min_replica_count": core.min_replicas,
                "max_replica_count": core.max_replicas,
                "autoscaling_metric_specs": [scaling] if scaling else None,
            }
        else:
            placed = {"deployment_resource_pool": pool}
        uri, word = settings.uris[version], slug(version)
        model: pulumi.Input[str] = registry_version(uri) or "" if isinstance(uri, str) else ""
        after = list(identity.grants)
        if not model:
            after += identity.allow(Places({word: uri}, {}))
            asked = Registered(
                name=core.name,
                physical_name=core.physical_name,
                version=version,
                uri=uri,
                project=args["project"],
                region=settings.region,
                description=args.get("description", ""),
                vocabulary=core.vocabulary(version),
                key=key,
                gpu=machine.accelerator_type is not None,
                timeout_seconds=settings.ready_timeout_seconds,
            )
            opts = pulumi.ResourceOptions(parent=self, depends_on=[endpoint, *after])
            model = upload(asked, settings.containers[version], opts).version_name
        # One that serves a single model has no room for the next one beside it: it goes first.
        alone = not ENDPOINT_KINDS[settings.kind].splits_traffic
        return VertexDeployedModel(
            f"{core.name}-deployment" if alone else f"{core.name}-{word}-deployment",
            project=args["project"],
            region=settings.region,
            endpoint=endpoint.name,
            model=model,
            display_name=f"{core.physical_name} {version}",
            service_account=identity.email,
            enable_access_logging=settings.access_logs or None,
            timeout_seconds=settings.ready_timeout_seconds,
            **placed,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*after, *larger], delete_before_replace=alone or None
            ),
        )


def _share(core: Core, version: str) -> int:
    """Percent of the requests."""
    return _ALL - core.canary_percent if version == core.model_version else core.canary_percent
