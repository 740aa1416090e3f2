"""The template of a revision, and the name that it gets: service, version and a digest.

All of a template is fixed in the revision that is made of it, and Cloud Run refuses another one
under a taken name ("… with different configuration already exists"). So the digest is of all of
it: the same settings have the same name each time, and what comes back finds its revision. What may
change without a revision stays out of it: labels, who calls, how many instances.
"""

import hashlib
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.cloud_run.cloud_run_code import container
from components.gcp.cloud_run.cloud_run_settings import CloudRunSettings
from components.gcp.cloud_run.cloud_run_variables import variables
from components.serving import Core
from facts.cloud_run import INSTANCES, LONGEST_REVISION
from facts.strategies import slug

__all__ = ["name_start", "template"]

_HASH: Final = 8
_STARTUP_PERIOD_SECONDS: Final = 5
_REDEPLOY: Final = "model-serving/redeploy"


def template(
    core: Core,
    settings: CloudRunSettings,
    version: str,
    *,
    project: pulumi.Input[str],
    bucket: pulumi.Input[str] | None,
    archive: gcp.storage.BucketObject | None,
    account: pulumi.Input[str],
    key: pulumi.Input[str] | None,
    network: pulumi.Input[str] | None,
    subnetwork: pulumi.Input[str] | None,
    connector: pulumi.Input[str] | None,
) -> tuple[dict[str, Any], pulumi.Output[str]]:
    """The template with its name, and the name."""
    limits = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    found: dict[str, Any] = {
        "containers": [
            {
                **container(settings.code, version, bucket, archive),
                "ports": {"name": "http1", "container_port": settings.port},
                "envs": variables(
                    core,
                    settings.code,
                    version,
                    project=project,
                    timeout_seconds=settings.timeout_seconds,
                    concurrency=settings.concurrency,
                    own=settings.variables,
                    secrets=settings.secrets,
                ),
                "resources": {
                    "limits": limits | ({"nvidia.com/gpu": "1"} if settings.gpu else {}),
                    "cpu_idle": not settings.cpu_always,
                    "startup_cpu_boost": settings.startup_cpu_boost,
                },
                **_probes(settings),
            }
        ],
        "service_account": account,
        "timeout": f"{settings.timeout_seconds}s",
        "max_instance_request_concurrency": settings.concurrency,
        "execution_environment": "EXECUTION_ENVIRONMENT_GEN2",
        "session_affinity": False,
        # The service's own bound holds for all revisions together, and is changed without a new
        # one. This one is Cloud Run's usual one, where that is no fewer, and no GPU's quota counts.
        # It is said, as all that the provider would keep of an earlier template: with it the same
        # name would stand for two of them.
        "scaling": {
            "max_instance_count": core.max_replicas
            if settings.gpu
            else max(core.max_replicas, int(INSTANCES.maximum or 0))
        },
    }
    if settings.target_utilization is not None:
        found["scaling"]["concurrency_utilization"] = settings.target_utilization
    if settings.redeploy is not None:
        found["annotations"] = {_REDEPLOY: settings.redeploy}
    if key is not None:
        found["encryption_key"] = key
    if settings.gpu is not None:
        found["node_selector"] = {"accelerator": settings.gpu.name}
        found["gpu_zonal_redundancy_disabled"] = not settings.gpu_zonal_redundancy
    if connector is not None or network is not None:
        found["vpc_access"] = _access(settings, network, subnetwork, connector)
    start = name_start(core.physical_name, version)
    name = pulumi.Output.json_dumps(found, sort_keys=True).apply(
        lambda text: f"{start}{hashlib.sha256(text.encode()).hexdigest()[:_HASH]}"
    )
    return {**found, "revision": name}, name


def name_start(service: str, version: str) -> str:
    """What the names of a version's revisions begin with."""
    room = LONGEST_REVISION - _HASH - 1
    return f"{service}-{slug(version)}"[:room].rstrip("-") + "-"


def _probes(settings: CloudRunSettings) -> dict[str, Any]:
    """By the server's health paths, or by the port alone: what still loads gets no request."""
    startup: dict[str, Any] = {
        "period_seconds": _STARTUP_PERIOD_SECONDS,
        "timeout_seconds": 1,
        "failure_threshold": -(-settings.load_seconds // _STARTUP_PERIOD_SECONDS),
    }
    if settings.tcp_health:
        return {"startup_probe": {**startup, "tcp_socket": {"port": settings.port}}}
    return {
        "startup_probe": {
            **startup,
            "http_get": {"path": settings.startup_path, "port": settings.port},
        },
        "liveness_probe": {
            "period_seconds": 10,
            "timeout_seconds": 2,
            "failure_threshold": 3,
            "http_get": {"path": settings.liveness_path, "port": settings.port},
        },
    }


def _access(
    settings: CloudRunSettings,
    network: pulumi.Input[str] | None,
    subnetwork: pulumi.Input[str] | None,
    connector: pulumi.Input[str] | None,
) -> dict[str, Any]:
    egress = {"egress": settings.vpc_egress.upper()}
    if connector is not None:
        return {**egress, "connector": connector}
    interface: dict[str, Any] = {"network": network, "subnetwork": subnetwork}
    if settings.network_tags:
        interface["tags"] = settings.network_tags
    return {**egress, "network_interfaces": [interface]}
