"""Shared servers and the models on them in the settings: one file each, judged together."""

from pathlib import Path

import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from components.kubernetes.kserve.shared_model_server import (
    SharedModelServer,
    SharedModelServerArgs,
)
from components.kubernetes.kserve.trained_model import TrainedModel, TrainedModelArgs
from stacks.targets import arguments, callers_last, identity
from tests.unit.component_mocks import record
from tests.unit.settings_project import (
    GRAPH,
    KSERVE,
    SERVER,
    TRAINED,
    Project,
    changed,
    project,
)
from tests.unit.settings_project import TARGETS as SITE


@pytest.fixture
def site(tmp_path: Path) -> Project:
    made = project(tmp_path)
    made.model("shared", SERVER)
    return made


def test_one_file_per_model(site: Project) -> None:
    """Who owns a model touches its file alone; the server's says nothing of it."""
    site.model("a-churn", TRAINED)
    site.model("b-fraud", changed(TRAINED, owner="team-risk"))
    assert site.problems() == []
    assert [name for name, _ in callers_last(site.load())] == ["shared", "a-churn", "b-fraud"]


@pytest.mark.parametrize(
    ("change", "code", "line", "said"),
    [
        ({"server": "shraed"}, "MS0339", 3, "did you mean: shared?"),
        ({"server": "other"}, "MS0339", 3, 'got "other", whose target is kserve'),
        ({"namespace": "x"}, "MS0339", 9, 'the server shared has "models"'),
        ({"deployment_mode": "standard"}, "MS0339", 9, "write `deployment_mode: knative`"),
        ({"model__uri": "pvc://x/2.1.0"}, "MS0320", 5, "cannot read artifacts from there"),
        ({"model__uri": "s3://x/latest"}, "MS0202", 5, "can change under the same settings"),
        ({"model__version": "latest"}, "MS0202", 6, "which is not one release"),
        ({"model__framework": "sklearn"}, "MS0319", 7, "no server for that framework"),
        ({"model__framework": None}, "MS0102", 4, "add `framework: …` under `model`"),
        ({"memory_mib": None}, "MS0102", 1, "add `memory_mib: …`"),
        ({"candidate": {"uri": "s3://x/3/m", "version": "3"}}, "MS0101", 9, "unknown key"),
        ({"server": None}, "MS0102", 1, "add `server: …`"),
    ],
)
def test_each_mistake_of_a_model_is_one_error_at_its_line(
    site: Project, change: dict[str, object], code: str, line: int, said: str
) -> None:
    site.model("other", KSERVE)
    site.model("churn", changed(TRAINED, **change))
    problems = [p for p in site.problems() if p.place.file == "stacks/models/churn.yaml"]
    found = [p for p in problems if p.code == code and p.place.line == line]
    assert len(found) == 1, [p.lines() for p in site.problems()]
    assert said in "\n".join(found[0].lines())


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"min_replicas": 0}, "MS0104", "a whole number from 1 to 1000"),
        ({"min_replicas": 3}, "MS0201", "above max_replicas 1"),
        ({"callers": [{"namespace": "web"}]}, "MS0370", "cannot tell callers apart"),
        ({"resources": {"accelerator_count": 2}}, "MS0207", "and no accelerator"),
        ({"resources": {"memory_mib": 1023}}, "MS0337", "a, b need 1024 MiB together"),
        ({"model": {"uri": "s3://x/1/m", "version": "1"}}, "MS0101", "unknown key"),
    ],
)
def test_each_mistake_of_a_server_is_one_error(
    site: Project, change: dict[str, object], code: str, said: str
) -> None:
    site.model("a", TRAINED)
    site.model("b", TRAINED)
    site.model("shared", changed(SERVER, **change))
    (problem,) = site.problems()
    assert (problem.code, problem.place.file) == (code, "stacks/models/shared.yaml")
    assert said in "\n".join(problem.lines())


def test_room_for_exactly_as_much(site: Project) -> None:
    site.model("a", TRAINED)
    site.model("b", TRAINED)
    site.model("shared", changed(SERVER, resources={"memory_mib": 1024}))
    assert site.problems() == []


def test_a_misspelt_target_is_the_only_error(site: Project) -> None:
    site.model("shared", changed(SERVER, target="kserve_shared_sever"))
    (problem,) = site.problems()
    assert (problem.code, problem.nearest) == ("MS0105", "kserve_shared_server")


def test_the_models_on_a_server_are_updated_with_it(site: Project) -> None:
    """Else the engine, which knows that they depend on it, would take them for deleted."""
    site.model("churn", TRAINED)
    site.model("fraud", changed(TRAINED, server="other"))
    assert site.load(only="shared").models.keys() == {"churn", "shared"}
    assert site.load(only="churn").models.keys() == {"churn"}


def test_the_server_may_read_what_its_models_are(site: Project) -> None:
    site.model("a", TRAINED)
    newer = {"uri": "s3://models/fraud/1.4.0/", "version": "1.4.0", "framework": "onnx"}
    site.model("b", changed(TRAINED, model=newer))
    site.model("graph", GRAPH)
    site.environment(
        targets={
            **SITE,
            "kubernetes": {**SITE["kubernetes"], "identity": "eks_pod_identity"},
        }
    )
    settings = site.load()
    made = identity(settings, "shared")
    assert made is not None
    uris = ["s3://models/churn/2.1.0/", "s3://models/fraud/1.4.0/"]
    assert made.arguments["artifact_uris"] == uris
    assert arguments(site.root, settings, "shared")["service_account_name"] == "shared-identity"
    # Who reads no artifact asks for no credentials.
    assert identity(settings, "a") is None
    assert identity(settings, "graph") is None
    assert arguments(site.root, settings, "graph")["egress"] == ["shop:8080"]


def test_one_repository_of_many_models_is_a_model_like_any_other(site: Project) -> None:
    """Whoever owns all of them publishes one artifact; clients name a model in the path."""
    model = {"uri": "s3://models/bundle/1.0.0/", "version": "1.0.0", "framework": "triton"}
    flags = ["--model-control-mode=explicit", "--load-model=*"]
    site.model("bundle", changed(KSERVE, model=model, arguments=flags))
    given = arguments(site.root, site.load(), "bundle")
    made = record(InferenceService, "bundle", given).inputs["bundle-inference-service"]
    served = made["spec"]["predictor"]["model"]
    assert (served["storageUri"], served["runtime"]) == (model["uri"], "kserve-tritonserver")
    assert served["args"] == flags
    # So the path is /v2/models/<name>/infer.
    assert served["protocolVersion"] == "v2"


def test_settings_become_arguments(site: Project) -> None:
    server = changed(
        SERVER,
        deployment_mode="standard",
        min_replicas=2,
        max_replicas=3,
        resources={
            "cpu": 4,
            "memory_mib": 8192,
            "accelerator": "nvidia-l4",
            "accelerator_count": 1,
        },
        arguments=["--strict-readiness=true"],
        callers=[{"namespace": "web"}],
        egress=["shop:8080"],
        service_account_name="reader",
        ready_timeout_seconds=900,
        description="x",
    )
    site.model("shared", server)
    model = changed(TRAINED, deployment_mode="standard", ready_timeout_seconds=60, description="x")
    site.model("churn", model)
    settings = site.load()
    site_says = {"storage_cidrs", "mesh", "ingress_namespace", "metrics_namespace"}
    site_says |= {"gpu_node_labels", "gpu_resource", "gpu_tolerations"}
    given = arguments(site.root, settings, "shared")
    assert given.keys() - site_says == SharedModelServerArgs.__annotations__.keys() - site_says
    assert record(SharedModelServer, "shared", given).types["shared-inference-service"]
    given = arguments(site.root, settings, "churn")
    assert given.keys() == TrainedModelArgs.__annotations__.keys()
    assert record(TrainedModel, "churn", given).types["churn-trained-model"]
