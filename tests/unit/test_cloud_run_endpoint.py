import hashlib
import json
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gcp.cloud_run import cloud_run_code
from components.gcp.cloud_run.cloud_run_endpoint import CloudRunEndpoint
from components.gcp.cloud_run.cloud_run_revision import name_start
from facts.limits import Limit
from tests.unit import component_mocks
from tests.unit.component_mocks import Recorded, record

IMAGE = "europe-west4-docker.pkg.dev/example-models/serve/model@sha256:" + "0" * 64
OTHER_IMAGE = IMAGE[:-1] + "1"
MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "project": "example-models",
    "region": "europe-west4",
    "model_version": "1.4.0",
    "model_uri": "gs://example-models/fraud/1.4.0/model.onnx",
    "image": IMAGE,
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": "gs://example-models/fraud/1.5.0/model.onnx",
    "candidate_image": OTHER_IMAGE,
    "canary_percent": 10,
}
KEY = "projects/example-models/locations/europe-west4/keyRings/models/cryptoKeys/fraud"
SECRET = "projects/example-models/secrets/feature-store/versions/3"
FULL: dict[str, Any] = {
    **MINIMAL,
    "description": "Scores payments.",
    "model_digest": "sha256:" + "a" * 64,
    "min_replicas": 2,
    "max_replicas": 6,
    "latency_p95_ms": 80,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "base_image": "europe-west4-docker.pkg.dev/serverless-runtimes/google-22/runtimes/python313",
    "accelerator": "nvidia-l4",
    "gpu_zonal_redundancy": True,
    "startup_cpu_boost": False,
    "timeout_seconds": 30,
    "concurrency": 4,
    "port": 9000,
    "load_seconds": 61,
    "startup_path": "/started",
    "liveness_path": "/alive",
    "predict_route": "/score",
    "environment_variables": {"LOG_LEVEL": "info"},
    "secret_environment_variables": {"FEATURES_PASSWORD": SECRET},
    "callers": ["serviceAccount:shop@example-shop.iam.gserviceaccount.com"],
    "custom_audiences": ["https://scores.example"],
    "network": "serving",
    "subnetwork": "models",
    "network_tags": ["models"],
    "vpc_egress": "all_traffic",
    "key": KEY,
    "binary_authorization": True,
    "notification_channels": ["projects/example-models/notificationChannels/1"],
    "deletion_protection": True,
    "redeploy": "2026-11-26",
}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


RIGHT = f"fraud-model-{_short('example-models/fraud/1.4.0/model.onnx')}"
CANDIDATE_RIGHT = f"fraud-model-{_short('example-models/fraud/1.5.0/model.onnx')}"
_HASH = hashlib.sha256(b"project/stack/fraud-dev-run").hexdigest()[:7]
ACCOUNT = f"serviceAccount:fraud-dev-run-{_HASH}@example-models.iam.gserviceaccount.com"
AGENT = "serviceAccount:service-210987654321@serverless-robot-prod.iam.gserviceaccount.com"


def _service(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["fraud-service"]


def _container(recorded: Recorded) -> dict[str, Any]:
    (container,) = _service(recorded)["template"]["containers"]
    return container


def _variables(recorded: Recorded) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in _container(recorded)["envs"]}


def _revision(**arguments: object) -> str:
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, **arguments})
    return _service(recorded)["template"]["revision"]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "cloud-run.zip"
    path.write_bytes(b"handler and libraries")
    return path


def _archived(path: Path, **more: object) -> dict[str, Any]:
    made = {key: value for key, value in MINIMAL.items() if key != "image"}
    return {**made, "code_path": str(path), "bucket": "example-models", **more}


def test_every_argument() -> None:
    recorded = record(CloudRunEndpoint, "fraud", FULL)
    service, container = _service(recorded), _container(recorded)
    assert service["description"] == "Scores payments."
    assert service["labels"]["model-serving-cost-centre"] == "ml"
    assert service["scaling"] == {"minInstanceCount": 2, "maxInstanceCount": 6}
    assert service["customAudiences"] == ["https://scores.example"]
    assert service["binaryAuthorization"] == {"useDefault": True}
    assert service["deletionProtection"] is True
    template = service["template"]
    assert template["nodeSelector"] == {"accelerator": "nvidia-l4"}
    assert template["gpuZonalRedundancyDisabled"] is False
    # Of each revision too: instances count against the quota of GPUs.
    assert template["scaling"] == {"maxInstanceCount": 6}
    assert template["encryptionKey"] == KEY
    assert template["timeout"] == "30s"
    assert template["maxInstanceRequestConcurrency"] == 4
    assert template["executionEnvironment"] == "EXECUTION_ENVIRONMENT_GEN2"
    assert template["sessionAffinity"] is False
    assert template["annotations"] == {"model-serving/redeploy": "2026-11-26"}
    assert template["vpcAccess"] == {
        "egress": "ALL_TRAFFIC",
        "networkInterfaces": [{"network": "serving", "subnetwork": "models", "tags": ["models"]}],
    }
    assert container["image"] == IMAGE
    assert container["baseImageUri"] == FULL["base_image"]
    assert container["ports"] == {"name": "http1", "containerPort": 9000}
    assert container["resources"] == {
        "limits": {"cpu": "4", "memory": "16384Mi", "nvidia.com/gpu": "1"},
        "cpuIdle": False,
        "startupCpuBoost": False,
    }
    # 13 times 5 seconds are the first that are no less than 61.
    assert container["startupProbe"] == {
        "httpGet": {"path": "/started", "port": 9000},
        "periodSeconds": 5,
        "timeoutSeconds": 1,
        "failureThreshold": 13,
    }
    assert container["livenessProbe"]["httpGet"] == {"path": "/alive", "port": 9000}
    assert _variables(recorded) == {
        "GOOGLE_CLOUD_PROJECT": "example-models",
        "LOG_LEVEL": "info",
        "MODEL_SERVING_MODEL_NAME": "fraud",
        "MODEL_SERVING_MODEL_VERSION": "1.4.0",
        "MODEL_SERVING_MODEL_URI": MINIMAL["model_uri"],
        "MODEL_SERVING_MODEL_DIGEST": FULL["model_digest"],
        "MODEL_SERVING_TIMEOUT_SECONDS": "30",
        "FEATURES_PASSWORD": None,
    }
    assert container["envs"][-1]["valueSource"] == {
        "secretKeyRef": {
            "secret": "projects/example-models/secrets/feature-store",
            "version": "3",
        }
    }
    callers = recorded.inputs["fraud-callers"]
    assert (callers["role"], callers["members"]) == ("roles/run.invoker", FULL["callers"])
    (condition,) = recorded.inputs["fraud-latency"]["conditions"]
    assert condition["conditionThreshold"]["thresholdValue"] == 80
    assert 'service_name = "fraud-dev"' in condition["conditionThreshold"]["filter"]
    (condition,) = recorded.inputs["fraud-errors"]["conditions"]
    assert condition["conditionThreshold"]["thresholdValue"] == 0.005
    assert recorded.outputs["url"].endswith(".run.app/score")
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["members"] == FULL["callers"]
    assert policy["audiences"][1:] == FULL["custom_audiences"]


def test_by_default_it_is_private_bounded_and_serves_one_revision() -> None:
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL)
    service = _service(recorded)
    assert service["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"
    assert service["invokerIamDisabled"] is False
    assert service["scaling"] == {"minInstanceCount": 0, "maxInstanceCount": 10}
    assert service["template"]["scaling"] == {"maxInstanceCount": 100}
    assert "vpcAccess" not in service["template"]
    (target,) = service["traffics"]
    assert target == {
        "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
        "revision": service["template"]["revision"],
        "percent": 100,
        "tag": "stable",
    }
    assert not recorded.of("gcp:cloudrunv2/serviceIamBinding:ServiceIamBinding")
    assert recorded.outputs["candidate_url"] == ""
    assert recorded.outputs["url"].endswith("/v1/models/fraud:predict")


def test_a_secret_takes_the_place_of_a_usual_value() -> None:
    secrets = {"secret_environment_variables": {"GOOGLE_CLOUD_PROJECT": SECRET}}
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, **secrets})
    named = [each for each in _container(recorded)["envs"] if each["name"].startswith("GOOGLE")]
    assert [each.get("value") for each in named] == [None]


def test_the_account_reads_its_model_and_secrets_and_nothing_else() -> None:
    secrets = {"secret_environment_variables": FULL["secret_environment_variables"]}
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, **secrets})
    (grant,) = recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember").values()
    assert (grant["bucket"], grant["member"]) == ("example-models", ACCOUNT)
    assert "objects/fraud/1.4.0/model.onnx" in grant["condition"]["expression"]
    (secret,) = recorded.of("gcp:secretmanager/secretIamMember:SecretIamMember").values()
    assert (secret["secretId"], secret["member"]) == ("feature-store", ACCOUNT)
    assert not [t for t in recorded.types.values() if t.startswith("gcp:projects/")]


def test_of_a_given_account_nothing_is_granted() -> None:
    email = "fraud@example-models.iam.gserviceaccount.com"
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, "service_account": email})
    assert _service(recorded)["template"]["serviceAccount"] == email
    assert not recorded.of("gcp:serviceaccount/account:Account")
    assert not recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember")


def _options(monkeypatch: pytest.MonkeyPatch) -> dict[str, pulumi.ResourceOptions]:
    """Of what is made from now on, by name."""
    found: dict[str, pulumi.ResourceOptions] = {}
    original = pulumi.Resource.__init__

    def watch(self: pulumi.Resource, *args: Any, **more: Any) -> None:  # noqa: ANN401
        original(self, *args, **more)
        opts = next((each for each in args if isinstance(each, pulumi.ResourceOptions)), None)
        found[args[1]] = opts or pulumi.ResourceOptions()

    monkeypatch.setattr(pulumi.Resource, "__init__", watch)
    return found


def test_the_right_to_a_model_waits_for_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google refuses a member that is not there yet, and its name is known before it is."""
    options = _options(monkeypatch)
    record(CloudRunEndpoint, "fraud", MINIMAL)
    (account,) = cast("list[pulumi.Resource]", options[RIGHT].depends_on)
    assert account.pulumi_resource_name == "fraud-account"


def _grants(recorded: Recorded) -> set[str]:
    return set(recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember"))


def test_a_right_is_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Named so, it is neither replaced nor taken away while something is there."""
    options = _options(monkeypatch)
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL)) == {RIGHT}
    (formerly,) = options[RIGHT].aliases or []
    assert isinstance(formerly, pulumi.Alias)
    assert formerly.name == "fraud-1-4-0-model"
    # A generation is no place of its own, and the version is not in it.
    again = {"model_uri": f"{MINIMAL['model_uri']}#17", "model_version": "1.4.1"}
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL | again)) == {RIGHT}
    # Where it is known later, it has the version's name.
    later = {"model_uri": pulumi.Output.from_input(MINIMAL["model_uri"])}
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL | later)) == {"fraud-1-4-0-model"}


def test_rights_to_what_is_known_later_do_not_go_with_one_another() -> None:
    """Two models of two outputs may be of one place, and a right is what it says."""
    uris = {"model_uri", "candidate_uri"}
    later = {key: pulumi.Output.from_input(MINIMAL["model_uri"]) for key in uris}
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL | CANDIDATE | later)
    grants = _grants(recorded)
    assert grants == {"fraud-1-4-0-model", "fraud-1-5-0-model", "fraud-stable-model"}
    conditions = [recorded.inputs[name]["condition"] for name in grants]
    assert len({each["expression"] for each in conditions}) == 1
    assert len({each["title"] for each in conditions}) == len(grants)


def test_beside_a_candidate_the_stable_revision_has_rights_of_its_own(archive: Path) -> None:
    kept = {"fraud-stable-model"}
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL | CANDIDATE)
    assert _grants(recorded) == {RIGHT, CANDIDATE_RIGHT, *kept}
    stable, other = recorded.inputs["fraud-stable-model"], recorded.inputs[RIGHT]
    assert (stable["member"], stable["role"]) == (other["member"], other["role"])
    assert stable["condition"]["expression"] == other["condition"]["expression"]
    # With another title it is another right: the one goes without the other.
    assert stable["condition"]["title"] != other["condition"]["title"]

    same = CANDIDATE | {"candidate_uri": MINIMAL["model_uri"]}
    assert _grants(record(CloudRunEndpoint, "fraud", MINIMAL | same)) == {RIGHT, *kept}
    # The stable model was in its image: what is granted is a right that is there.
    pulled = MINIMAL | CANDIDATE | {"model_uri": "file:fraud/1.4.0/model.onnx"}
    recorded = record(CloudRunEndpoint, "fraud", pulled)
    assert _grants(recorded) == {CANDIDATE_RIGHT, *kept}
    conditions = [recorded.inputs[name]["condition"] for name in _grants(recorded)]
    assert len({condition["expression"] for condition in conditions}) == 1

    candidate = {key: CANDIDATE[key] for key in ("candidate_version", "candidate_uri")}
    archived = record(CloudRunEndpoint, "fraud", _archived(archive, **candidate))
    source = f"fraud-source-{_short('example-models/')}"
    assert _grants(archived) == {RIGHT, CANDIDATE_RIGHT, source, *kept, "fraud-stable-source"}
    assert archived.inputs["fraud-stable-source"]["member"] == AGENT


def test_the_right_to_a_key_stays_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent is one for the project: what another service needs is not taken away."""
    options = _options(monkeypatch)
    recorded = record(CloudRunEndpoint, "fraud", {**MINIMAL, "key": KEY})
    grant = recorded.inputs["fraud-key-agent"]
    assert (grant["cryptoKeyId"], grant["member"]) == (KEY, AGENT)
    assert options["fraud-key-agent"].retain_on_delete is True
    assert not options["fraud-service"].retain_on_delete


def test_an_archive_is_laid_over_a_base_image(archive: Path) -> None:
    recorded = record(CloudRunEndpoint, "fraud", _archived(archive))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:16]
    path = f"cloud-run/fraud-dev/1-4-0-{digest}.zip"
    assert recorded.inputs["fraud-1-4-0-source"]["name"] == path
    container = _container(recorded)
    assert container["image"] == "scratch"
    assert container["sourceCode"] == {
        "cloudStorageSource": {"bucket": "example-models", "object": path, "generation": "7"}
    }
    assert container["baseImageUri"].startswith("europe-west4-docker.pkg.dev/serverless-runtimes/")
    assert container["commands"] == ["python", "-m", "functions_framework"]
    variables = _variables(recorded)
    assert (variables["FUNCTION_TARGET"], variables["THREADS"]) == ("predict", "9")
    assert _service(recorded)["launchStage"] == "BETA"
    assert recorded.outputs["url"].endswith("/predict")
    agent = recorded.inputs[f"fraud-source-{_short('example-models/')}"]
    assert agent["member"] == AGENT
    assert "objects/cloud-run/fraud-dev/" in agent["condition"]["expression"]


def test_a_model_in_the_archive_is_not_pulled(archive: Path) -> None:
    asked = _archived(archive, model_uri="file:fraud/1.4.0/model.onnx")
    recorded = record(CloudRunEndpoint, "fraud", asked)
    assert "MODEL_SERVING_MODEL_URI" not in _variables(recorded)
    assert RIGHT not in recorded.types


def test_the_same_archive_serves_both_versions(archive: Path) -> None:
    candidate = {key: CANDIDATE[key] for key in ("candidate_version", "candidate_uri")}
    recorded = record(CloudRunEndpoint, "fraud", _archived(archive, **candidate))
    names = [recorded.inputs[f"fraud-{v}-source"]["name"] for v in ("1-4-0", "1-5-0")]
    assert len(set(names)) == 2
    assert _variables(recorded)["MODEL_SERVING_MODEL_URI"] == CANDIDATE["candidate_uri"]


def test_a_candidate_is_the_newest_revision_beside_the_stable_one() -> None:
    recorded = record(CloudRunEndpoint, "fraud", MINIMAL | CANDIDATE)
    service = _service(recorded)
    stable, candidate = service["traffics"]
    assert (stable["percent"], stable["tag"]) == (90, "stable")
    assert (candidate["percent"], candidate["tag"]) == (10, "candidate")
    assert candidate["revision"] == service["template"]["revision"]
    assert candidate["revision"].startswith("fraud-dev-1-5-0-")
    assert _container(recorded)["image"] == OTHER_IMAGE
    assert recorded.outputs["candidate_url"].startswith("https://candidate---fraud-dev-")


@pytest.mark.parametrize(
    ("changes", "another"),
    [
        ({}, False),
        ({"owner": "team-fraud"}, False),
        ({"tags": {"cost-centre": "ml"}}, False),
        ({"min_replicas": 3, "max_replicas": 8}, False),
        ({"public_access": True}, False),
        ({"callers": FULL["callers"]}, False),
        ({"latency_p95_ms": 50}, False),
        ({"deletion_protection": True}, False),
        ({"image": OTHER_IMAGE}, True),
        ({"model_uri": "gs://example-models/fraud/1.4.0/other.onnx"}, True),
        ({"memory_mib": 2048}, True),
        ({"concurrency": 9}, True),
        ({"environment_variables": {"A": "b"}}, True),
        ({"redeploy": "again"}, True),
        ({"max_replicas": 101}, True),
    ],
)
def test_a_revision_has_another_name_when_its_template_is_another(
    changes: dict[str, Any], *, another: bool
) -> None:
    assert (_revision(**changes) != _revision()) == another


def test_the_order_of_variables_is_no_difference() -> None:
    one, other = {"A": "1", "B": "2"}, {"B": "2", "A": "1"}
    assert _revision(environment_variables=one) == _revision(environment_variables=other)


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}", fullmatch=True),
    st.from_regex(r"[a-z]([-a-z0-9]{0,39}[a-z0-9])?", fullmatch=True),
)
def test_a_revisions_name_is_cloud_runs_own(version: str, name: str) -> None:
    """Below 64 signs, of lower case, and the service's name first, whatever the version."""
    revision = name_start(f"{name}-dev", version) + "0" * 8
    assert len(revision) <= 63
    assert revision.startswith(f"{name}-dev-")


def test_what_is_live_and_was_not_asked_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(self: Recorded, args: Any) -> tuple[str | None, dict[Any, Any]]:  # noqa: ANN401
        made = original(self, args)
        if args.typ == "gcp:cloudrunv2/service:Service":
            made[1]["trafficStatuses"] = [{"revision": "fraud-dev-1-3-0-00000000", "percent": 100}]
            made[1]["terminalConditions"] = [{"message": "the container failed to start"}]
        return made

    original = Recorded.new_resource
    monkeypatch.setattr(component_mocks.Recorded, "new_resource", elsewhere)
    with pytest.raises(pulumi.RunError) as error:
        record(CloudRunEndpoint, "fraud", MINIMAL)
    assert "live is fraud-dev-1-3-0-00000000 100 %" in str(error.value)
    assert "the container failed to start" in str(error.value)


@pytest.mark.parametrize(
    ("changes", "key", "use"),
    [
        ({"region": "Europe"}, "region", "a region"),
        ({"image": None}, "code_path", "either code_path or image"),
        ({"code_path": "x.zip"}, "code_path", "either code_path or image"),
        ({"image": IMAGE.partition("@")[0] + ":1"}, "image", "by its digest"),
        ({"image": "quay.io/x/y@sha256:" + "0" * 64}, "image", "by its digest"),
        ({"model_digest": "sha256:0"}, "model_digest", "64 hexadecimal"),
        ({"candidate_image": IMAGE}, "candidate_image", "beside a candidate"),
        ({"bucket": "b"}, "bucket", "it with code_path"),
        ({"cpu": 3}, "cpu", "1, 2, 4, 6, 8"),
        ({"cpu": 0.5}, "cpu", "a number from 1"),
        ({"memory_mib": 511}, "memory_mib", "from 512"),
        ({"memory_mib": 4097}, "memory_mib", "512 to 4096 MiB"),
        ({"cpu": 4, "memory_mib": 2047}, "memory_mib", "2048 to 16384 MiB"),
        ({"accelerator": "nvidia-t4"}, "accelerator", "nvidia-l4"),
        ({"accelerator": "nvidia-l4", "cpu": 3}, "cpu", "at least 4 vCPUs"),
        ({"accelerator": "nvidia-l4", "region": "europe-west3"}, "region", "europe-west4"),
        ({"accelerator": "nvidia-l4", "cpu_always": False}, "cpu_always", "true"),
        ({"gpu_zonal_redundancy": True}, "gpu_zonal_redundancy", "with accelerator"),
        ({"timeout_seconds": 3601}, "timeout_seconds", "1 to 3600"),
        ({"timeout_seconds": 1, "latency_p95_ms": 1001}, "timeout_seconds", "at least latency"),
        ({"concurrency": 1001}, "concurrency", "1 to 1000"),
        ({"load_seconds": 241}, "load_seconds", "1 to 240"),
        ({"tcp_health": True, "startup_path": "/x"}, "startup_path", "without tcp_health"),
        ({"predict_route": "score"}, "predict_route", "begins with /"),
        ({"environment_variables": {"PORT": "1"}}, "environment_variables", "PORT"),
        (
            {"environment_variables": {"MODEL_SERVING_MODEL_NAME": "x"}},
            "environment_variables",
            "the arguments for it",
        ),
        ({"environment_variables": {"API_TOKEN": "abcdef"}}, "environment_variables", "secret"),
        (
            {"secret_environment_variables": {"A": "projects/p/secrets/s/versions/latest"}},
            "secret_environment_variables",
            "versions/<number>",
        ),
        (
            {"secret_environment_variables": {"MODEL_SERVING_MODEL_URI": SECRET}},
            "secret_environment_variables",
            "the arguments for it",
        ),
        ({"secret_environment_variables": {"PORT": SECRET}}, "secret_environment_variables", "not"),
        (
            {"environment_variables": {"A": "1"}, "secret_environment_variables": {"A": SECRET}},
            "secret_environment_variables",
            "or in environment_variables",
        ),
        ({"callers": ["shop"]}, "callers", "IAM members"),
        ({"callers": ["allUsers"]}, "callers", "everybody only with public_access"),
        ({"callers": ["allUsers"], "public_access": True}, "callers", "everybody only with"),
        ({"network": "serving"}, "subnetwork", "both network and subnetwork"),
        ({"network_tags": ["a"]}, "network_tags", "it with network"),
        ({"vpc_egress": "all_traffic"}, "vpc_egress", "it with network"),
        (
            {
                "connector": "projects/p/locations/l/connectors/c",
                "network": "serving",
                "subnetwork": "models",
            },
            "network",
            "either a connector",
        ),
        ({"key": KEY.replace("west4", "west1")}, "key", "a key of europe-west4"),
        ({"service_account": "nobody"}, "service_account", "the email"),
        (
            {
                "binary_authorization": True,
                "binary_authorization_policy": "projects/p/platforms/cloudRun/strict",
            },
            "binary_authorization_policy",
            "either the project's own",
        ),
        ({"notification_channels": ["mail"]}, "notification_channels", "notificationChannels"),
        (
            {**CANDIDATE, "candidate_version": "1-4-0"},
            "candidate_version",
            "both are named 1-4-0",
        ),
        ({"environment": "x" * 32}, "name", "at most 37"),
        ({"description": "x" * 513}, "description", "at most 512"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], key: str, use: str) -> None:
    asked = {k: v for k, v in {**MINIMAL, **changes}.items() if v is not None}
    with pytest.raises(pulumi.RunError) as error:
        record(CloudRunEndpoint, "fraud", asked)
    told = [line.strip() for line in str(error.value).splitlines()[1:]]
    assert [line for line in told if line.startswith(f"{key}: ") and use in line], told


@pytest.mark.parametrize(
    "changes",
    [
        {"memory_mib": 4096},
        {"cpu": 4, "memory_mib": 2048},
        {"accelerator": "nvidia-l4", "cpu": 4, "memory_mib": 16_384},
        {"accelerator": "nvidia-rtx-pro-6000"},
        {"timeout_seconds": 3600, "concurrency": 1000, "load_seconds": 240},
        {"public_access": True, "callers": ["allUsers"], "data_classification": "public"},
        {"environment": "x" * 31, "description": "x" * 512},
        {"image": "docker.io/library/model@sha256:" + "0" * 64},
        {"connector": "projects/p/locations/l/connectors/c", "vpc_egress": "all_traffic"},
    ],
)
def test_good_arguments(changes: dict[str, Any]) -> None:
    assert record(CloudRunEndpoint, "fraud", {**MINIMAL, **changes}).types


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(pulumi.RunError) as error:
        record(
            CloudRunEndpoint,
            "fraud",
            {**MINIMAL, "secret_environment_variables": {"A": "hunter2-canary"}},
        )
    assert "hunter2" not in str(error.value)


def test_an_archive_that_is_not_there_or_too_large(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(pulumi.RunError, match="a zip that is there"):
        record(CloudRunEndpoint, "fraud", _archived(archive.with_name("none.zip")))
    size = archive.stat().st_size
    for most, fits in ((size, True), (size - 1, False)):
        monkeypatch.setattr(cloud_run_code, "_MIB", 1)
        monkeypatch.setattr(cloud_run_code, "SOURCE_MIB", Limit("archive", None, most, "B", "page"))
        if fits:
            assert record(CloudRunEndpoint, "fraud", _archived(archive)).types
        else:
            with pytest.raises(pulumi.RunError, match="at most"):
                record(CloudRunEndpoint, "fraud", _archived(archive))
