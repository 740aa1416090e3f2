"""What Google's API models allow of pulumi-gcp's inputs: both sides of each kind of limit."""

from typing import Any

import pytest

from sandbox.limits import TypeLimits, problems
from sandbox.limits.check import tree
from sandbox.limits.gcp import read
from sandbox.limits.gcp.descriptions import bounds
from sandbox.schema import Library

CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
SERVICE = "gcp:cloudrunv2/service:Service"
ENDPOINT = "gcp:vertex/aiEndpoint:AiEndpoint"
ACCOUNT = "gcp:serviceaccount/account:Account"
BUCKET = "gcp:storage/bucket:Bucket"
NETWORK = "gcp:compute/network:Network"
KEY = "gcp:kms/cryptoKey:CryptoKey"
RING = "gcp:kms/keyRing:KeyRing"
ALERT = "gcp:monitoring/alertPolicy:AlertPolicy"
TOPIC = "gcp:pubsub/topic:Topic"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
FUNCTION = "gcp:cloudfunctionsv2/function:Function"
SECRET = "gcp:secretmanager/secret:Secret"
MODEL_GARDEN = "gcp:vertex/aiEndpointWithModelGardenDeployment:AiEndpointWithModelGardenDeployment"


@pytest.fixture(scope="module")
def limits() -> dict[str, TypeLimits]:
    return read(Library("gcp"))


def machine(accelerator: str) -> dict[str, Any]:
    resources = {"machineSpec": {"acceleratorType": accelerator}}
    return {"deployConfig": {"dedicatedResources": resources}}


def probe(port: int) -> dict[str, Any]:
    return {"template": {"containers": [{"startupProbe": {"tcpSocket": {"port": port}}}]}}


@pytest.mark.parametrize(
    ("token", "good", "bad", "path"),
    [
        # Enumerations, nested, of lists, and where Pulumi's path is another than the API's.
        (
            CLUSTER,
            {"datapathProvider": "ADVANCED_DATAPATH"},
            {"datapathProvider": "ADVANCED_DATAPATHS"},
            "datapathProvider",
        ),
        (
            CLUSTER,
            {"loggingConfig": {"enableComponents": ["SYSTEM_COMPONENTS"]}},
            {"loggingConfig": {"enableComponents": ["SYSTEM_COMPONENTS", "SYSTEMS"]}},
            "loggingConfig.enableComponents[1]",
        ),
        (
            POOL,
            {"nodeConfig": {"taints": [{"effect": "NO_SCHEDULE"}]}},
            {"nodeConfig": {"taints": [{"effect": "NoSchedule"}]}},
            "nodeConfig.taints[0].effect",
        ),
        (MODEL_GARDEN, machine("NVIDIA_L4"), machine("NVIDIA_L5"), None),
        (SERVICE, {"ingress": "INGRESS_TRAFFIC_ALL"}, {"ingress": "ALL"}, "ingress"),
        (KEY, {"purpose": "MAC"}, {"purpose": "MACS"}, "purpose"),
        (ALERT, {"combiner": "AND"}, {"combiner": "XOR"}, "combiner"),
        # Numbers, as the descriptions have them.
        (SERVICE, probe(65535), probe(65536), None),
        (SERVICE, probe(1), probe(-1), None),
        (NETWORK, {"mtu": 1300}, {"mtu": 1299}, "mtu"),
        (NETWORK, {"mtu": "8896"}, {"mtu": "8897"}, "mtu"),
        # Durations of generated types.
        (KEY, {"rotationPeriod": "7776000s"}, {"rotationPeriod": "90d"}, "rotationPeriod"),
        # Names: at their longest, and in their letters.
        (SERVICE, {"name": "a" * 49}, {"name": "a" * 50}, "name"),
        (SERVICE, {"name": "a-1"}, {"name": "A-1"}, "name"),
        (CLUSTER, {"name": "a" * 40}, {"name": "a" * 41}, "name"),
        (POOL, {"name": "gpu-1"}, {"name": "gpu-"}, "name"),
        (ACCOUNT, {"accountId": "runner"}, {"accountId": "runne"}, "accountId"),
        (ACCOUNT, {"accountId": "a" * 30}, {"accountId": "a" * 31}, "accountId"),
        (BUCKET, {"name": "abc"}, {"name": "ab"}, "name"),
        (BUCKET, {"name": "a" * 63}, {"name": "a" * 64}, "name"),
        (BUCKET, {"name": "models.example.com"}, {"name": "models..example.com"}, "name"),
        (BUCKET, {"name": "models"}, {"name": "googmodels"}, "name"),
        (BUCKET, {"name": "models"}, {"name": "Models"}, "name"),
        (ENDPOINT, {"name": "1234567890"}, {"name": "0123"}, "name"),
        (ENDPOINT, {"name": "1" * 19}, {"name": "1" * 20}, "name"),
        (ENDPOINT, {"name": "fraud-1"}, {"name": "fraud_1"}, "name"),
        (NETWORK, {"name": "vpc"}, {"name": "1vpc"}, "name"),
        (RING, {"name": "a_B-1"}, {"name": "a.b"}, "name"),
        (TOPIC, {"name": "abc"}, {"name": "ab"}, "name"),
        (REPOSITORY, {"repositoryId": "models"}, {"repositoryId": "models_"}, "repositoryId"),
        (REPOSITORY, {"repositoryId": "eu.gcr.io"}, {"repositoryId": "eu.io"}, "repositoryId"),
        (FUNCTION, {"name": "score_v2"}, {"name": "2score"}, "name"),
        (SECRET, {"secretId": "hub_token"}, {"secretId": "hub.token"}, "secretId"),
        # What pages state alone, of a list's length, of items, of a nested property.
        (POOL, {"nodeConfig": {"diskSizeGb": 10}}, {"nodeConfig": {"diskSizeGb": 9}}, None),
        (
            "gcp:logging/projectBucketConfig:ProjectBucketConfig",
            {"indexConfigs": [{"fieldPath": "x"}] * 20},
            {"indexConfigs": [{"fieldPath": "x"}] * 21},
            "indexConfigs",
        ),
        # What the provider takes for none.
        (SERVICE, {"ingress": ""}, {"ingress": "x"}, "ingress"),
    ],
)
def test_both_sides_of_limits(
    limits: dict[str, TypeLimits],
    token: str,
    good: dict[str, Any],
    bad: dict[str, Any],
    path: str | None,
) -> None:
    of_type = limits[token]
    root = tree(of_type)
    assert problems(of_type, root, good) == []
    found = problems(of_type, root, bad)
    assert len({problem.path for problem in found}) == 1, found
    assert path in {None, found[0].path}
    assert "(https://" in found[0].reason


def test_sources_and_pages(limits: dict[str, TypeLimits]) -> None:
    endpoint = limits[ENDPOINT]
    assert endpoint.source == "discovery aiplatform v1: GoogleCloudAiplatformV1Endpoint"
    assert endpoint.page == (
        "https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints"
    )


def test_values_of_the_preview_count_too(limits: dict[str, TypeLimits]) -> None:
    values = limits[POOL].paths["nodeConfig.workloadMetadataConfig.mode"].values
    # The first only in v1beta1, both from the same field.
    assert {"GKE_METADATA", "MODE_UNSPECIFIED"} <= set(values)


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("Must be between 1 and 100.", True, {"minimum": 1.0, "maximum": 100.0}),
        ("The maximum allowed value is 604,800 (1 week).", True, {"maximum": 604800.0}),
        ("Minimum value is 1. Maximum value is 3600.", True, {"minimum": 1.0, "maximum": 3600.0}),
        # Of another unit, of one of several uses, of one of several kinds.
        ("The maximum value is 10 minutes.", True, {}),
        ("Maximum value for liveness probe is 3600.", True, {}),
        ("If gRPC is used, must be between 1 and 10.", True, {}),
        ("Must be from 1 to 12, or 0 to specify a year.", True, {}),
        ("Must be a value between 0000 and 0777 (octal).", True, {}),
        ("Valid ports are 22, 80, and ports in the range 1024-65535.", True, {}),
        # Said twice and differently.
        ("Must be between 1 and 5. Must be between 1 and 9.", True, {}),
        ("up to 128 characters long", False, {"max_length": 128}),
        ("must contain fewer than 50 characters.", False, {"max_length": 49}),
        ("Must be 1-63 characters long.", False, {"min_length": 1, "max_length": 63}),
        ("This value should be 4-63 characters.", False, {}),
        ("The sum of both must not exceed 63 characters.", False, {}),
        ("Format: projects/{p}/x/{x}, up to 50 characters.", False, {}),
        ("must match the regular expression `[a-z]+`.", False, {"pattern": "[a-z]+"}),
        ("must match the regular expression `a-z*`.", False, {}),
        ("must match `projects/[a-z]+`.", False, {}),
        # What is lost on the way, or is no expression to Python; the end of a sentence.
        (r"must match the regular expression `^a-z{0,30}[a-z\d]$`.", False, {}),
        ("must match the regular expression `[[:space:].-]{1,255}`.", False, {}),
        (
            "must match the pattern `[a-z]([a-z]*[0-9])?.`",
            False,
            {"pattern": "[a-z]([a-z]*[0-9])?"},
        ),
        # Taken all the same; of one kind of disk.
        ("The maximum value is 420; values above 420 will be coerced to 420.", True, {}),
        ("Must be between 10,000 and 120,000. See Extreme persistent disk.", True, {}),
    ],
)
def test_descriptions_are_read_narrowly(
    text: str, *, number: bool, expected: dict[str, Any]
) -> None:
    assert bounds(text, number=number) == expected


@pytest.mark.parametrize(
    ("token", "path"),
    [
        # 24h is as good as 86400s to hand-written code; a prefix is no name; newer than the model.
        ("gcp:bigtable/table:Table", "automatedBackupPolicy.frequency"),
        ("gcp:compute/instanceTemplate:InstanceTemplate", "namePrefix"),
        ("gcp:networksecurity/mirroringEndpointGroup:MirroringEndpointGroup", "type"),
        ("gcp:compute/disk:Disk", "provisionedIops"),
    ],
)
def test_what_is_loose_is_left_out(limits: dict[str, TypeLimits], token: str, path: str) -> None:
    assert token not in limits or path not in limits[token].paths
