"""The arguments of a Vertex AI endpoint that only Vertex AI has, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.gcp.monitoring.asked import read_channels
from components.gcp.place import check_place
from components.gcp.vertex.vertex_capture import Captured, read_capture
from components.gcp.vertex.vertex_container import Container, check_gpu, check_uri, read_container
from components.gcp.vertex.vertex_deployed_model import VertexMetricSpec
from components.gcp.vertex.vertex_drift_settings import VertexDrift, read_vertex_drift
from components.gcp.vertex.vertex_machine import MACHINE_KEYS, Machine, read_machine, read_scaling
from components.gcp.vertex.vertex_names import check_physical_name
from components.serving import Core, refuse_cut_off
from facts.strategies import slug
from facts.vertex_serving import ENDPOINT_KINDS, shares_pools

__all__ = ["EndpointSettings", "read_endpoint"]

_PROJECT: Final = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
_NETWORK: Final = rf"projects/({_PROJECT}|[0-9]+)/global/networks/[a-z]([a-z0-9-]*[a-z0-9])?"
_POOL: Final = r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
# Both are the pool's, where one is named.
_OF_THE_POOL: Final = (
    *MACHINE_KEYS,
    *("spot", "scaling_metric", "scaling_target", "min_replicas", "max_replicas"),
)


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """What the endpoint is made from; versions are the stable one and the candidate."""

    region: str
    kind: str
    uris: dict[str, pulumi.Input[str]]
    containers: dict[str, Container]
    machine: Machine
    scaling: VertexMetricSpec | None
    spot: bool
    resource_pool: str | None
    own_resource_pool: bool
    allowed_projects: list[str]
    consumer_networks: list[str]
    capture: Captured | None
    drift: VertexDrift | None
    access_logs: bool
    ready_timeout_seconds: int


def read_endpoint(checks: Checks, core: Core, args: Mapping[str, Any]) -> EndpointSettings:
    """Reads and notes what is wrong; the caller raises."""
    region = check_place(checks, args)
    check_physical_name(checks, core.physical_name)
    uris = _uris(checks, core, args, region)
    kind = checks.choice("endpoint_type", "dedicated", ENDPOINT_KINDS)
    way_in = ENDPOINT_KINDS[kind]
    refuse_cut_off(checks, core.slo, way_in.timeout.maximum, way_in.title)
    images = {core.model_version: "image"}
    if core.candidate_version is not None:
        own = checks.given("candidate_image")
        images[core.candidate_version] = "candidate_image" if own else "image"
    elif checks.given("candidate_image"):
        checks.problem("candidate_image", args["candidate_image"], "it beside a candidate")
    containers = read_container(checks, args, uris, images)
    check_gpu(checks, containers, args.get("accelerator"))
    machine = read_machine(checks)
    settings = EndpointSettings(
        region=region,
        kind=kind,
        uris=uris,
        containers=containers,
        machine=machine,
        scaling=read_scaling(checks, accelerator=machine.accelerator_type is not None),
        spot=checks.flag("spot", default=False),
        resource_pool=checks.optional("resource_pool"),
        own_resource_pool=checks.flag("own_resource_pool", default=False),
        allowed_projects=checks.texts("allowed_projects", []),
        consumer_networks=checks.texts("consumer_networks", []),
        capture=read_capture(checks, args),
        drift=read_vertex_drift(checks, args, kind),
        access_logs=checks.flag("access_logs", default=False),
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 3600, 60, 7200),
    )
    _check_kind(checks, core, args, settings)
    _check_pool(checks, args, settings)
    read_channels(checks, args, "notification_channels")
    return settings


def _uris(
    checks: Checks, core: Core, args: Mapping[str, Any], region: str
) -> dict[str, pulumi.Input[str]]:
    """Where each version is."""
    check_uri(checks, "model_uri", args.get("model_uri"), region)
    uris = {core.model_version: args.get("model_uri", "")}
    if core.candidate_version is not None:
        check_uri(checks, "candidate_uri", args.get("candidate_uri"), region)
        if slug(core.candidate_version) == slug(core.model_version):
            use = f"another than {core.model_version}: both are named {slug(core.model_version)}"
            checks.problem("candidate_version", core.candidate_version, use)
        uris[core.candidate_version] = args.get("candidate_uri", "")
    return uris


def _check_kind(
    checks: Checks, core: Core, args: Mapping[str, Any], settings: EndpointSettings
) -> None:
    """What goes with the kind of endpoint, and what that cannot do."""
    kind = ENDPOINT_KINDS.get(settings.kind)
    if kind is None:
        return
    if settings.kind == "private_service_connect":
        _check_consumers(checks, settings)
    else:
        for key in filter(checks.given, ("allowed_projects", "consumer_networks")):
            checks.problem(key, args[key], "it with endpoint_type private_service_connect")
    if settings.kind == "peered":
        checks.text("network", _NETWORK, "projects/<number>/global/networks/<name>")
    elif checks.given("network"):
        checks.problem("network", args["network"], "it with endpoint_type peered")
    if core.candidate_version is not None and not kind.splits_traffic:
        use = "none: a peered endpoint serves one model; private_service_connect splits traffic"
        checks.problem("candidate_version", core.candidate_version, use)
    if settings.capture is not None and not kind.logs_requests:
        use = "0: a peered endpoint does not log requests; private_service_connect does"
        checks.problem("capture_percent", settings.capture.percent, use)


def _check_consumers(checks: Checks, settings: EndpointSettings) -> None:
    """Who may reach a private endpoint, and from where."""
    if not settings.allowed_projects:
        checks.problem("allowed_projects", None, "the projects that may reach the endpoint")
    for project in settings.allowed_projects:
        if not re.fullmatch(_PROJECT, project):
            checks.problem("allowed_projects", project, "ids of projects")
    for network in settings.consumer_networks:
        if not re.fullmatch(_NETWORK, network):
            checks.problem("consumer_networks", network, "projects/<id>/global/networks/<name>")
        elif network.split("/")[1] not in settings.allowed_projects:
            checks.problem("consumer_networks", network, "networks of allowed_projects")


def _check_pool(checks: Checks, args: Mapping[str, Any], settings: EndpointSettings) -> None:
    """A pool that is there has its machines; models in a pool are in Google's containers."""
    checks.optional_text("resource_pool", _POOL, "a pool's name, as a DNS label")
    if settings.resource_pool is not None:
        for key in filter(checks.given, (*_OF_THE_POOL, "own_resource_pool")):
            checks.problem(key, args[key], "what the pool has: it was made with its machines")
    elif not settings.own_resource_pool:
        return
    elif settings.spot:
        checks.problem("spot", settings.spot, "false: pulumi-gcp makes pools of other machines")
    for container in settings.containers.values():
        own = container.image is not None
        if not shares_pools(container.framework, own_image=own):
            got = args.get("image") if own else container.framework
            use = "tensorflow or pytorch in Google's container: no other shares machines"
            checks.problem("image" if own else "framework", got, use)
