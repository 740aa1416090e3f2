"""Google Kubernetes Engine: clusters and their node pools."""

import base64
from typing import Any

from sandbox import seed
from sandbox.check import Problem, nearest
from sandbox.clouds.base import Call, Naming, hexadecimal
from sandbox.clouds.gcp import pool_rules
from sandbox.clouds.gcp.kind import Identity, Kind
from sandbox.clouds.gcp.references import projects
from sandbox.values import at, mapped

__all__ = ["CLUSTER", "KINDS", "POOL", "VERSION", "cluster_of"]

CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
# The patch releases that the stand-in of a channel offers.
VERSION = f"{seed.KUBERNETES_VERSION}.4-gke.1030000"
_PAGE = "https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations"
_POOL_PAGE = f"{_PAGE}.clusters.nodePools#NodePoolAutoscaling"
_CERTIFICATE = base64.b64encode(b"sandbox").decode()


def cluster_of(call: Call) -> str:
    """The id of the cluster that a node pool is in, or names by its name or id."""
    if call.previous is not None:
        return call.previous.id.partition("/nodePools/")[0]
    given = str(call.inputs.get("cluster") or "")
    if "projects/" in given:
        return given[given.index("projects/") :].replace("/zones/", "/locations/")
    place = call.inputs.get("location") or _place(call)
    project = call.inputs.get("project") or call.scope.account
    return f"projects/{project}/locations/{place}/clusters/{given}"


def _place(call: Call) -> str:
    return str(call.scope.settings.get("zone") or call.scope.region)


def _cluster_constraints(call: Call) -> list[Problem]:
    inputs = call.inputs
    private = pool_rules.is_on(at(inputs, "privateClusterConfig", "enablePrivateEndpoint"))
    if private and "masterAuthorizedNetworksConfig" not in inputs:
        reason = "missing; give it, empty too, with enablePrivateEndpoint: it lets nobody else in"
        return [Problem("masterAuthorizedNetworksConfig", reason)]
    if inputs.get("enableAutopilot") or "nodePools" in inputs:
        return []
    if not inputs.get("initialNodeCount"):
        reason = (
            "missing; use 1 or more, the nodes of the default pool, which removeDefaultNodePool"
            f" takes away again; or enableAutopilot, or nodePools ({_PAGE}.clusters#Cluster)"
        )
        return [Problem("initialNodeCount", reason)]
    return []


def _pool_constraints(call: Call) -> list[Problem]:
    found: list[Problem] = []
    for low, high in (
        ("minNodeCount", "maxNodeCount"),
        ("totalMinNodeCount", "totalMaxNodeCount"),
    ):
        least, most = (at(call.inputs, "autoscaling", name) for name in (low, high))
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            reason = f"got {least:g}; use at most {high}, {most:g} ({_POOL_PAGE})"
            found.append(Problem(f"autoscaling.{low}", reason))
    return found + pool_rules.constraints(call)


def _pool_referring(call: Call) -> list[Problem]:
    wanted = cluster_of(call)
    project = wanted.split("/")[1]
    if project not in projects(call):
        return []
    cluster = call.store.get("gcp", CLUSTER, wanted)
    if cluster is not None:
        return pool_rules.joining(call, cluster)
    clusters = call.store.list("gcp", CLUSTER)
    meant = nearest(wanted, [row.id for row in clusters])
    hint = f"; did you mean {meant}?" if meant else ""
    return [Problem("cluster", f"Not found: {wanted}{hint}")]


def _cluster_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    version = str(call.inputs.get("minMasterVersion") or before.get("masterVersion") or VERSION)
    if version.count(".") == 1:
        version = f"{version}.4-gke.1030000"
    kind = "zones" if identity.place.count("-") > 1 else "locations"
    doors = _doors(call, identity)
    return {
        **doors,
        "masterVersion": version,
        "nodeVersion": call.inputs.get("nodeVersion") or version,
        "location": identity.place,
        "servicesIpv4Cidr": before.get("servicesIpv4Cidr") or "34.118.224.0/20",
        "clusterIpv4Cidr": call.inputs.get("clusterIpv4Cidr") or "10.120.0.0/14",
        "labelFingerprint": hexadecimal(8),
        "emulatedVersion": "",
        "operation": "",
        "tpuIpv4CidrBlock": "",
        "network": call.inputs.get("network")
        or f"projects/{identity.project}/global/networks/default",
        "nodeLocations": call.inputs.get("nodeLocations") or [],
        "selfLink": f"https://container.googleapis.com/v1/{identity.id}".replace(
            "/locations/", f"/{kind}/"
        ),
        "masterAuth": {
            "clientCertificate": "",
            "clientKey": "",
            "clusterCaCertificate": _CERTIFICATE,
            "clientCertificateConfig": at(call.inputs, "masterAuth", "clientCertificateConfig")
            or {"issueClientCertificate": False},
        },
    }


def _doors(call: Call, identity: Identity) -> dict[str, Any]:
    """The addresses of the API: a private one, a public one unless it is kept out, a name."""
    before = call.previous.outputs if call.previous is not None else {}
    asked = mapped(call.inputs.get("privateClusterConfig"))
    known = mapped(before.get("privateClusterConfig"))
    number = int(hexadecimal(4), 16) % 200
    private = str(known.get("privateEndpoint") or f"10.{number}.0.2")
    closed = pool_rules.is_on(asked.get("enablePrivateEndpoint"))
    public = "" if closed else str(known.get("publicEndpoint") or f"34.{number}.0.2")
    control = mapped(call.inputs.get("controlPlaneEndpointsConfig"))
    name = at(before, "controlPlaneEndpointsConfig", "dnsEndpointConfig", "endpoint")
    region = "-".join(identity.place.split("-")[:2])
    dns = {
        **mapped(control.get("dnsEndpointConfig")),
        "endpoint": name or f"gke-{hexadecimal(36)}-{identity.number}.{region}.gke.goog",
    }
    return {
        "endpoint": public or private,
        "privateClusterConfig": {
            **asked,
            "privateEndpoint": private,
            "publicEndpoint": public,
        },
        "controlPlaneEndpointsConfig": {
            "ipEndpointsConfig": {"enabled": True},
            **control,
            "dnsEndpointConfig": dns,
        },
    }


def _pool_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    cluster = call.store.get("gcp", CLUSTER, cluster_of(call))
    version = str(mapped(cluster.outputs if cluster else {}).get("masterVersion") or VERSION)
    name = identity.id.split("/")[5]
    group = f"gke-{name[:20]}-{identity.name[:20]}-{hexadecimal(8)}-grp"
    zone = identity.place if identity.place.count("-") > 1 else f"{identity.place}-b"
    url = (
        f"https://www.googleapis.com/compute/v1/projects/{identity.project}/zones/{zone}"
        f"/instanceGroupManagers/{group}"
    )
    urls = before.get("instanceGroupUrls") or [url]
    count = call.inputs.get("nodeCount", call.inputs.get("initialNodeCount"))
    return {
        "instanceGroupUrls": urls,
        "managedInstanceGroupUrls": [
            str(each).replace("/instanceGroupManagers/", "/instanceGroups/") for each in urls
        ],
        "version": call.inputs.get("version") or version,
        "nodeCount": 1 if count is None else count,
        "location": identity.place,
        "operation": "",
    }


def _running(call: Call, identity: Identity) -> dict[str, Any]:
    del call, identity
    return {"status": "RUNNING"}


_NODE = {
    "nodeConfig.serviceAccount": "account",
    "nodeConfig.bootDiskKmsKey": "key",
}

KINDS = {
    CLUSTER: Kind(
        naming=Naming("name", max_length=40, lower=True),
        references={
            "network": "network",
            "subnetwork": "subnetwork",
            "databaseEncryption.keyName": "key",
            "clusterAutoscaling.autoProvisioningDefaults.serviceAccount": "account",
            "nodePools.[].nodeConfig.serviceAccount": "account",
            "notificationConfig.pubsub.topic": "topic",
            **_NODE,
        },
        constraints=_cluster_constraints,
        outputs=_cluster_outputs,
        live=_running,
        parts={POOL: ""},
    ),
    POOL: Kind(
        naming=Naming("name", max_length=40, lower=True),
        references=_NODE,
        referring=_pool_referring,
        constraints=_pool_constraints,
        outputs=_pool_outputs,
        live=_running,
    ),
}
