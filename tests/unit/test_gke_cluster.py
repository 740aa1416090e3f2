import json
from typing import Any

import pulumi
import pytest

from components.gcp.gke_cluster import GkeCluster
from components.gcp.gke_kubeconfig import kubeconfig
from delivery.recovery.ids import id_of
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "project": "example-models",
    "region": "europe-west4",
    "network": "projects/example-models/global/networks/dev",
    "subnetwork": "projects/example-models/regions/europe-west4/subnetworks/dev",
}
_KEY = "projects/example-models/locations/europe-west4/keyRings/a/cryptoKeys/b"
_MEMBER = "gcp:projects/iAMMember:IAMMember"


def _made(**changes: object) -> Recorded:
    return record(GkeCluster, "dev", MINIMAL | changes)


def _cluster(**changes: object) -> dict[str, Any]:
    return _made(**changes).inputs["dev-cluster"]


def test_it_is_private() -> None:
    cluster = _cluster()
    assert cluster["privateClusterConfig"] == {
        "enablePrivateNodes": True,
        "enablePrivateEndpoint": True,
        "masterGlobalAccessConfig": {"enabled": False},
    }
    assert cluster["masterAuthorizedNetworksConfig"] == {
        "cidrBlocks": [],
        "gcpPublicCidrsAccessEnabled": False,
    }
    dns = cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]
    assert dns == {"allowExternalTraffic": False}
    assert cluster["masterAuth"] == {"clientCertificateConfig": {"issueClientCertificate": False}}
    assert cluster["enableLegacyAbac"] is False
    assert cluster["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    }


@pytest.mark.parametrize(
    ("network", "private"),
    [
        ("10.1.0.0/16", True),
        ("203.0.113.0/24", False),
        ("100.64.0.0/16", True),
        ("8.8.8.0/24", False),
        ("2001:db8::/32", False),
        ("fd00::/8", True),
    ],
)
def test_a_public_network_needs_a_public_address(network: str, *, private: bool) -> None:
    cluster = _cluster(authorized_networks=["192.168.0.0/24", network])
    assert cluster["privateClusterConfig"]["enablePrivateEndpoint"] is private
    assert cluster["privateClusterConfig"]["enablePrivateNodes"] is True
    blocks = cluster["masterAuthorizedNetworksConfig"]["cidrBlocks"]
    assert [block["cidrBlock"] for block in blocks] == ["192.168.0.0/24", network]


def test_secrets_disks_and_logs_are_encrypted_by_a_key_that_rotates() -> None:
    recorded = _made()
    key = recorded.inputs["dev-key"]
    assert key["rotationPeriod"] == "7776000s"
    assert key["deletionPolicy"] == "PREVENT"
    users = recorded.of("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember")
    assert {each["member"].partition("@")[2].partition(".")[0] for each in users.values()} == {
        "container-engine-robot",
        "compute-system",
        "gcp-sa-logging",
    }
    cluster = recorded.inputs["dev-cluster"]
    assert cluster["databaseEncryption"] == {"state": "ENCRYPTED", "keyName": "dev-key-id"}
    assert cluster["nodeConfig"]["bootDiskKmsKey"] == "dev-key-id"
    assert recorded.inputs["dev-system"]["nodeConfig"]["bootDiskKmsKey"] == "dev-key-id"
    assert recorded.inputs["dev-logs"]["cmekSettings"] == {"kmsKeyName": "dev-key-id"}
    assert recorded.outputs["key"] == "dev-key-id"


def test_a_given_key_is_used_as_it_is() -> None:
    recorded = _made(key=_KEY)
    assert not [name for name, token in recorded.types.items() if token.startswith("gcp:kms/")]
    assert recorded.inputs["dev-cluster"]["databaseEncryption"]["keyName"] == _KEY


def test_logs_are_kept() -> None:
    recorded = _made(log_retention_days=400)
    bucket = recorded.inputs["dev-logs"]
    assert (bucket["bucketId"], bucket["retentionDays"]) == ("gke-dev", 400)
    sink = recorded.inputs["dev-sink"]
    assert sink["destination"] == "logging.googleapis.com/dev-logs-id"
    assert 'resource.labels.cluster_name="dev"' in sink["filter"]
    assert 'resource.labels.location="europe-west4"' in sink["filter"]
    components = recorded.inputs["dev-cluster"]["loggingConfig"]["enableComponents"]
    assert {"WORKLOADS", "APISERVER", "SCHEDULER"} <= set(components)
    measured = recorded.inputs["dev-cluster"]["monitoringConfig"]
    assert "DCGM" in measured["enableComponents"]
    assert measured["managedPrometheus"] == {"enabled": True}


def test_its_own_pool_has_an_id_after_a_killed_run() -> None:
    """It names its cluster by the whole id, and no location beside it."""
    asked = _made().inputs["dev-system"]
    cluster = "projects/example-models/locations/europe-west4/clusters/dev"
    known = {"dev-cluster-id": cluster}
    inputs = {key: known.get(str(each), each) for key, each in asked.items()}
    assert inputs["cluster"] == cluster
    pool = {"type": "gcp:container/nodePool:NodePool", "inputs": inputs | {"name": "dev-system-1"}}
    assert id_of(pool, []) == f"{cluster}/nodePools/dev-system-1"


def test_its_own_pods_have_machines_without_taints() -> None:
    recorded = _made(system_nodes=3, system_instance_type="n2-standard-4", zones=["europe-west4-a"])
    assert recorded.inputs["dev-cluster"]["removeDefaultNodePool"] is True
    system = recorded.inputs["dev-system"]
    assert system["autoscaling"] == {
        "totalMinNodeCount": 3,
        "totalMaxNodeCount": 9,
        "locationPolicy": "BALANCED",
    }
    assert system["nodeLocations"] == ["europe-west4-a"]
    node = system["nodeConfig"]
    assert node["machineType"] == "n2-standard-4"
    assert "taints" not in node
    assert node["shieldedInstanceConfig"] == {
        "enableSecureBoot": True,
        "enableIntegrityMonitoring": True,
    }
    assert node["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    assert node["metadata"] == {"disable-legacy-endpoints": "true"}
    assert node["serviceAccount"] == "node@example-models.iam.gserviceaccount.com"
    assert system["networkConfig"] == {"enablePrivateNodes": True}


@pytest.mark.parametrize(
    ("repositories", "granted"),
    [
        ([], {"dev-node-images": ["example-models", None, None]}),
        (
            ["projects/images/locations/eu/repositories/serving"],
            {
                "dev-node-images-projects/images/locations/eu/repositories/serving": [
                    *("images", "eu", "serving")
                ]
            },
        ),
    ],
)
def test_nodes_may_write_logs_and_read_images(
    repositories: list[str], granted: dict[str, list[str | None]]
) -> None:
    recorded = _made(image_repositories=repositories)
    role = recorded.inputs["dev-node-role"]["role"]
    assert role == "roles/container.defaultNodeServiceAccount"
    images = {
        name: [each.get(key) for key in ("project", "location", "repository")]
        for name, each in recorded.inputs.items()
        if each.get("role") == "roles/artifactregistry.reader"
    }
    assert images == granted


def test_administrators_have_this_cluster_alone() -> None:
    recorded = _made(administrators=["group:platform@example.com"])
    grant = recorded.inputs["dev-administrator-group:platform@example.com"]
    assert grant["role"] == "roles/container.admin"
    assert grant["condition"]["expression"] == (
        'resource.name == "projects/example-models/locations/europe-west4/clusters/dev"'
    )


def test_autopilot_has_no_pools_and_the_same_doors() -> None:
    recorded = _made(autopilot=True)
    cluster, standard = recorded.inputs["dev-cluster"], _cluster()
    assert "dev-system" not in recorded.types
    ours = ("removeDefaultNodePool", "enableShieldedNodes", "networkPolicy", "nodePoolDefaults")
    assert [key for key in ours if key in cluster] == []
    assert [key for key in ours if key not in standard] == []
    defaults = cluster["clusterAutoscaling"]["autoProvisioningDefaults"]
    assert defaults["serviceAccount"] == "node@example-models.iam.gserviceaccount.com"
    assert defaults["bootDiskKmsKey"] == "dev-key-id"
    for same in ("privateClusterConfig", "databaseEncryption", "loggingConfig", "releaseChannel"):
        assert cluster[same] == standard[same]


def test_optional_features() -> None:
    cluster = _cluster(
        kubernetes_version="1.34",
        release_channel="stable",
        maintenance_start="01:30",
        maintenance_exclusions=["sale=2026-11-20T00:00:00Z/2026-12-01T00:00:00Z"],
        csi_drivers=["gcs_fuse"],
        gateway_api=True,
        multi_networking=True,
        global_access=True,
        autoscaling_profile="optimize_utilization",
        binary_authorization=False,
        security_group="gke-security-groups@example.com",
        deletion_protection=False,
        environment="dev",
        tags={"owner": "Team-Platform"},
    )
    assert cluster["minMasterVersion"] == "1.34"
    assert cluster["releaseChannel"] == {"channel": "STABLE"}
    assert cluster["maintenancePolicy"] == {
        "dailyMaintenanceWindow": {"startTime": "01:30"},
        "maintenanceExclusions": [
            {
                "exclusionName": "sale",
                "startTime": "2026-11-20T00:00:00Z",
                "endTime": "2026-12-01T00:00:00Z",
                "exclusionOptions": {"scope": "NO_UPGRADES"},
            }
        ],
    }
    addons = {key: each["enabled"] for key, each in cluster["addonsConfig"].items()}
    assert [key for key, enabled in addons.items() if enabled] == [
        "gcePersistentDiskCsiDriverConfig",
        "gcsFuseCsiDriverConfig",
    ]
    assert cluster["gatewayApiConfig"] == {"channel": "CHANNEL_STANDARD"}
    assert cluster["enableMultiNetworking"] is True
    assert cluster["privateClusterConfig"]["masterGlobalAccessConfig"] == {"enabled": True}
    assert cluster["clusterAutoscaling"] == {
        "enabled": False,
        "autoscalingProfile": "OPTIMIZE_UTILIZATION",
    }
    assert cluster["binaryAuthorization"] == {"evaluationMode": "DISABLED"}
    assert cluster["authenticatorGroupsConfig"] == {
        "securityGroup": "gke-security-groups@example.com"
    }
    assert cluster["deletionProtection"] is False
    assert cluster["resourceLabels"] == {
        "model-serving-owner": "team-platform",
        "model-serving-environment": "dev",
    }


def test_the_outputs() -> None:
    outputs = _made().outputs
    assert outputs["endpoint"] == "https://10.64.0.2"
    assert outputs["workload_pool"] == "example-models.svc.id.goog"
    assert outputs["oidc_issuer_url"] == "https://container.googleapis.com/v1/dev-cluster-id"
    assert json.loads(outputs["kubeconfig"])["current-context"] == "dev"


@pytest.mark.parametrize("authority", ["Q0E=", None])
def test_the_kubeconfig_holds_no_secret(authority: str | None) -> None:
    document = json.loads(kubeconfig("dev", "https://10.0.0.2", authority))
    (cluster,) = document["clusters"]
    assert cluster["cluster"].get("certificate-authority-data") == authority
    (user,) = document["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"


@pytest.mark.parametrize(("length", "fits"), [(25, True), (26, False)])
def test_the_name_leaves_room_for_the_system_pool(length: int, *, fits: bool) -> None:
    if fits:
        record(GkeCluster, "c" * length, MINIMAL)
        return
    with pytest.raises(pulumi.RunError, match="at most 25 signs"):
        record(GkeCluster, "c" * length, MINIMAL)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"region": "europe-west4-a"}, "region: got 'europe-west4-a'; use a region"),
        ({"zones": ["europe-west1-b"]}, "zones: got 'europe-west1-b'; use zones of europe-west4"),
        ({"key": _KEY.replace("west4", "west1")}, "use a key of europe-west4"),
        ({"key": "b"}, "key: got 'b'; use projects/…/locations/…"),
        ({"administrators": ["ann@example.com"]}, "administrators: got 'ann@example.com'"),
        ({"authorized_networks": ["office"]}, "authorized_networks: got 'office'"),
        ({"authorized_networks": ["0.0.0.0/0"]}, "authorized_networks: got '0.0.0.0/0'"),
        ({"authorized_networks": [f"10.0.{n}.0/24" for n in range(51)]}, "at most 50 networks"),
        ({"autopilot": True, "system_nodes": 3}, "use it without system_nodes"),
        ({"autopilot": True, "zones": ["europe-west4-a"]}, "use it without zones"),
        ({"autoscaling_profile": "fast"}, "autoscaling_profile: got 'fast'"),
        ({"release_channel": "none"}, "release_channel: got 'none'"),
        ({"maintenance_start": "24:00"}, "maintenance_start: got '24:00'"),
        ({"maintenance_exclusions": ["a=b/c"]}, "maintenance_exclusions: got 'a=b/c'"),
        (
            {"maintenance_exclusions": ["a=2026-12-01T00:00:00Z/2026-11-01T00:00:00Z"]},
            "the start first",
        ),
        (
            {"maintenance_exclusions": ["a=2026-11-01T00:00:00Z/2026-12-01T00:00:00Z"] * 4},
            "maintenance_exclusions: got 4; use at most 3",
        ),
        ({"csi_drivers": ["nfs"]}, "csi_drivers: got 'nfs'"),
        ({"security_group": "admins@example.com"}, "security_group: got 'admins@example.com'"),
        ({"image_repositories": ["serving"]}, "image_repositories: got 'serving'"),
        ({"subnetwork": None}, "subnetwork: got None"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)
    assert "1 problem:" in str(caught.value)
