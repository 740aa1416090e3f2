"""What a model file says of logs and traces: what the target's server reads, what is refused."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from runtime import settings as runtime_settings
from runtime.request_logs import RequestLogs
from stacks.targets import TARGETS as TARGETS_OF
from stacks.targets import arguments
from tests.unit.component_mocks import record
from tests.unit.settings_project import (
    AZURE_FUNCTIONS,
    AZURE_FUNCTIONS_TARGETS,
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    DIGEST,
    KSERVE,
    LAMBDA,
    MODEL_SERVER,
    SAGEMAKER,
    TARGETS,
    VERTEX,
    VERTEX_TARGETS,
    Project,
    changed,
    project,
)

COLLECTOR = "http://collector.tracing:4318"
PLACES = {**TARGETS, **VERTEX_TARGETS, **CLOUD_RUN_TARGETS, **AZURE_FUNCTIONS_TARGETS}
CLOUD_RUN_IMAGE = changed(
    CLOUD_RUN, model__image=f"europe-west4-docker.pkg.dev/example-models/serving/iris@{DIGEST}"
)
# Others' servers read a folder, which something has to bring.
SERVER = changed(MODEL_SERVER, model__uri="pvc://models/ranker/1.2.0")
OURS = {
    "kubernetes": (MODEL_SERVER, "env"),
    "lambda": (LAMBDA, "environment_variables"),
    "cloud_run": (CLOUD_RUN, "environment_variables"),
    "azure_functions": (AZURE_FUNCTIONS, "environment_variables"),
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("MODEL_SERVING_CACHE", str(tmp_path / "cache"))
    made = project(tmp_path)
    made.environment(targets=PLACES)
    return made


def asked(site: Project, model: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """The component's arguments."""
    site.model("fraud", changed(model, **more))
    return arguments(site.root, site.load(), "fraud")


def problems(site: Project, model: dict[str, Any], **more: Any) -> list[Any]:  # noqa: ANN401
    site.model("fraud", changed(model, **more))
    return site.problems()


@pytest.mark.parametrize("target", OURS)
def test_who_says_nothing_gets_nothing_new(site: Project, target: str) -> None:
    model, key = OURS[target]
    made = asked(site, model)
    names = list[str](made.get(key) or [])
    assert not [name for name in names if "REQUEST_LOG" in name or "OTEL" in name]
    usual = asked(site, model, request_logs={"sample_percent": 100, "payloads": False})
    assert usual == made


@pytest.mark.parametrize("target", OURS)
def test_our_runtime_reads_what_the_file_says(site: Project, target: str) -> None:
    model, key = OURS[target]
    said = {"sample_percent": 2.5, "payloads": True, "payload_bytes": 300}
    found = asked(site, model, request_logs=said)[key]
    assert runtime_settings.read(found).request_logs == RequestLogs(2.5, 300)
    # What is written of the variable itself counts more.
    own = {"MODEL_SERVING_REQUEST_LOG_PERCENT": "50"}
    found = asked(site, model, request_logs=said, **{key: own})[key]
    assert runtime_settings.read(found).request_logs == RequestLogs(50, 300)


@pytest.mark.parametrize("model", [MODEL_SERVER, CLOUD_RUN_IMAGE])
@pytest.mark.parametrize(("percent", "rate"), [(5, 0.05), (100, 1.0), (0.1, 0.001)])
def test_opentelemetry_reads_what_the_file_says(
    site: Project,
    monkeypatch: pytest.MonkeyPatch,
    model: dict[str, Any],
    percent: float,
    rate: float,
) -> None:
    key = "env" if model is MODEL_SERVER else "environment_variables"
    tracing = {"endpoint": COLLECTOR, "sample_percent": percent}
    found = asked(site, model, tracing=tracing)[key]
    for name, text in found.items():
        if name.startswith("OTEL_"):
            monkeypatch.setenv(name, text)
    # Each by the SDK's own reading of the variables.
    sampler = TracerProvider().sampler.get_description()
    assert sampler.startswith(f"ParentBased{{root:TraceIdRatioBased{{{rate}}}")
    assert OTLPSpanExporter()._endpoint == f"{COLLECTOR}/v1/traces"  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    resource = Resource.create().attributes
    assert resource["service.name"] == "fraud"
    assert resource["deployment.environment.name"] == "dev"


@pytest.mark.parametrize("said", [False, {"sample_percent": 0, "endpoint": COLLECTOR}])
def test_no_share_is_no_tracing(site: Project, said: object) -> None:
    made = asked(site, MODEL_SERVER)
    assert asked(site, MODEL_SERVER, tracing=said) == made


def test_an_environment_names_the_collector_once(site: Project) -> None:
    """A default for all models holds where it can, and is left out elsewhere."""
    defaults = {"tracing": {"endpoint": COLLECTOR}, "request_logs": {"sample_percent": 10}}
    site.environment(targets=PLACES, defaults=defaults)
    ranker = asked(site, MODEL_SERVER, tracing={"sample_percent": 20})
    assert ranker["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == COLLECTOR
    assert ranker["env"]["OTEL_TRACES_SAMPLER_ARG"] == "0.2"
    assert ranker["env"]["MODEL_SERVING_REQUEST_LOG_PERCENT"] == "10"
    assert asked(site, MODEL_SERVER)["env"]["OTEL_TRACES_SAMPLER_ARG"] == "0.01"
    for model in (SAGEMAKER, KSERVE, VERTEX, LAMBDA, CLOUD_RUN, AZURE_FUNCTIONS):
        assert problems(site, model) == []
    assert asked(site, VERTEX).get("access_logs") is None
    assert "tracing" not in asked(site, LAMBDA)
    assert not [name for name in asked(site, CLOUD_RUN)["environment_variables"] if "OTEL" in name]
    other = changed(SERVER, server="mlserver")
    assert problems(site, other) == []
    assert asked(site, other).get("env") is None


@pytest.mark.parametrize(
    ("endpoint", "egress"),
    [
        (COLLECTOR, ["tracing:4318"]),
        ("http://collector.tracing.svc:4318", ["tracing:4318"]),
        ("https://collector.tracing.svc.cluster.local", ["tracing:443"]),
        ("https://otlp.vendor.example.com", None),
        ("http://10.1.2.3:4318", None),
        ("http://collector:4318", None),
    ],
)
def test_pods_reach_a_collector_on_the_cluster(
    site: Project, endpoint: str, egress: list[str] | None
) -> None:
    assert asked(site, MODEL_SERVER, tracing={"endpoint": endpoint}).get("egress") == egress


def test_the_way_to_a_collector_is_named_once(site: Project) -> None:
    made = asked(
        site, MODEL_SERVER, tracing={"endpoint": COLLECTOR}, egress=["tracing:4318", "shop:80"]
    )
    assert made["egress"] == ["tracing:4318", "shop:80"]


def test_vllm_is_told_by_its_arguments(site: Project) -> None:
    tracing = {"endpoint": COLLECTOR, "sample_percent": 10}
    vllm = changed(SERVER, server="vllm", arguments=["--dtype=half"])
    made = asked(site, vllm, tracing=tracing)
    assert made["arguments"] == [f"--otlp-traces-endpoint={COLLECTOR}/v1/traces", "--dtype=half"]
    assert made["env"]["OTEL_TRACES_SAMPLER_ARG"] == "0.1"
    # It speaks gRPC unless it is told so.
    assert made["env"]["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] == "http/protobuf"


@pytest.mark.parametrize(("percent", "rate"), [(100, 1), (10, 10), (1, 100), (60, 2), (70, 1)])
def test_triton_traces_each_nth_request(site: Project, percent: float, rate: int) -> None:
    tracing = {"endpoint": COLLECTOR, "sample_percent": percent}
    made = asked(site, changed(SERVER, server="triton"), tracing=tracing)
    assert f"--trace-config=rate={rate}" in made["arguments"]
    assert f"--trace-config=opentelemetry,url={COLLECTOR}/v1/traces" in made["arguments"]
    assert "--trace-config=mode=opentelemetry" in made["arguments"]


def test_the_functions_host_samples_operations_whole(site: Project) -> None:
    key = "environment_variables"
    found = asked(site, AZURE_FUNCTIONS, tracing={"sample_percent": 5})[key]
    prefix = "AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__"
    told = {n.removeprefix(prefix): v for n, v in found.items() if n.startswith(prefix)}
    assert told == {
        "isEnabled": "true",
        "minSamplingPercentage": "5",
        "maxSamplingPercentage": "5",
        "initialSamplingPercentage": "5",
        "excludedTypes": "Exception",
    }


@pytest.mark.parametrize(
    ("usual", "said", "traced"),
    [
        ({}, {"tracing": True}, None),
        ({}, {"tracing": False}, False),
        ({"tracing": {"sample_percent": 0}}, {}, False),
        ({"tracing": {"sample_percent": 5}}, {}, None),
        ({"tracing": {"sample_percent": 5}}, {"tracing": False}, False),
    ],
)
def test_lambda_traces_by_x_ray_or_not(
    site: Project, usual: dict[str, Any], said: dict[str, Any], traced: object
) -> None:
    site.environment(targets=PLACES, defaults=usual)
    assert asked(site, LAMBDA, **said).get("tracing") is traced


@pytest.mark.parametrize(
    ("said", "logs"),
    [
        ({}, None),
        ({"request_logs": {"sample_percent": 100}}, True),
        ({"request_logs": {"sample_percent": 0}}, None),
        ({"access_logs": True}, True),
    ],
)
def test_vertex_keeps_all_or_none(site: Project, said: dict[str, Any], logs: object) -> None:
    assert asked(site, VERTEX, **said).get("access_logs") is logs


PAYLOADS = {"payloads": True}
REFUSED: list[tuple[dict[str, Any], dict[str, Any], str, str, str]] = [
    (VERTEX, {"request_logs": {"sample_percent": 5}}, "MS0667", "sample_percent", "all requests"),
    (VERTEX, {"request_logs": PAYLOADS}, "MS0667", "payloads", "own runtime"),
    (
        changed(SERVER, server="triton"),
        {"request_logs": {"sample_percent": 5}},
        "MS0667",
        "sample_percent",
        "triton",
    ),
    (
        changed(SERVER, server="vllm"),
        {"request_logs": PAYLOADS},
        "MS0667",
        "payloads",
        "own runtime",
    ),
    (LAMBDA, {"tracing": {"sample_percent": 5}}, "MS0668", "sample_percent", "X-Ray"),
    (LAMBDA, {"tracing": {"endpoint": COLLECTOR}}, "MS0668", "endpoint", "X-Ray"),
    (AZURE_FUNCTIONS, {"tracing": {"endpoint": COLLECTOR}}, "MS0668", "endpoint", "Insights"),
    (CLOUD_RUN, {"tracing": {"endpoint": COLLECTOR}}, "MS0668", "tracing", "package"),
    (CLOUD_RUN_IMAGE, {"tracing": {"sample_percent": 5}}, "MS0668", "tracing", "nobody takes"),
    (MODEL_SERVER, {"tracing": {"sample_percent": 5}}, "MS0668", "tracing", "nobody takes"),
    (
        changed(SERVER, server="mlserver"),
        {"tracing": {"endpoint": COLLECTOR}},
        "MS0668",
        "tracing",
        "mlserver",
    ),
    (
        LAMBDA,
        {"request_logs": PAYLOADS, "data_classification": "confidential"},
        "MS0669",
        "payloads",
        "confidential",
    ),
    (
        MODEL_SERVER,
        {"request_logs": PAYLOADS, "data_classification": "restricted"},
        "MS0669",
        "payloads",
        "restricted",
    ),
]


@pytest.mark.parametrize(
    ("model", "said", "code", "key", "why"), REFUSED, ids=[f"{i}" for i in range(len(REFUSED))]
)
def test_what_a_target_cannot_do_is_refused_with_a_way_out(  # noqa: PLR0917
    site: Project, model: dict[str, Any], said: dict[str, Any], code: str, key: str, why: str
) -> None:
    (problem,) = problems(site, model, **said)
    assert problem.code == code
    assert problem.key.endswith(key)
    assert why in problem.message
    assert problem.fix
    assert problem.place.line > 0


@pytest.mark.parametrize("data", ["public", "internal"])
def test_payloads_of_open_data_may_be_in_a_log(site: Project, data: str) -> None:
    assert problems(site, LAMBDA, request_logs=PAYLOADS, data_classification=data) == []


def test_payloads_are_for_each_model_to_say(site: Project) -> None:
    site.environment(targets=PLACES, defaults={"request_logs": PAYLOADS})
    (problem,) = problems(site, LAMBDA)
    assert problem.code == "MS0669"
    assert problem.place.file.endswith("dev.yaml")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"request_logs": {"sample_percent": 101}}, "MS0104"),
        ({"request_logs": {"sample_percent": -1}}, "MS0104"),
        ({"request_logs": {"payload_bytes": 0}}, "MS0104"),
        ({"request_logs": {"payload_bytes": 65_537}}, "MS0104"),
        ({"request_logs": {"percent": 5}}, "MS0101"),
        ({"tracing": {"endpoint": "collector:4317"}}, "MS0106"),
        ({"tracing": "yes"}, "MS0103"),
    ],
)
def test_slips_are_told(site: Project, said: dict[str, Any], code: str) -> None:
    (problem,) = problems(site, MODEL_SERVER, **said)
    assert problem.code == code


@pytest.mark.parametrize(
    ("model", "said"),
    [
        *((model, {"request_logs": {"sample_percent": 5}}) for model, _ in OURS.values()),
        (AZURE_FUNCTIONS, {"tracing": {"sample_percent": 5}}),
        (MODEL_SERVER, {"tracing": {"endpoint": COLLECTOR}}),
        (changed(SERVER, server="triton"), {"tracing": {"endpoint": COLLECTOR}}),
        (CLOUD_RUN_IMAGE, {"tracing": {"endpoint": COLLECTOR}}),
        (VERTEX, {"request_logs": {"sample_percent": 100}}),
    ],
)
def test_components_take_what_is_said(
    site: Project, model: dict[str, Any], said: dict[str, Any]
) -> None:
    """Each component's own checks have nothing against it."""
    made = asked(site, model, **said)
    if package := made.get("code_path"):
        Path(package).parent.mkdir(parents=True)
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("host.json", '{"version": "2.0"}')
    assert record(TARGETS_OF[model["target"]].component(), "fraud", made).inputs
