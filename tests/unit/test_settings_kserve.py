"""A KServe model's settings: rules over several of them, and what the component is told."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService, InferenceServiceArgs
from stacks.targets import arguments
from tests.unit.component_mocks import record
from tests.unit.refusal_cases.kserve import CASES, CLUSTER_CASES, NEW
from tests.unit.settings_project import DIGEST, KSERVE, SAGEMAKER, Project, changed, project

COMMIT = "0123456789abcdef0123456789abcdef01234567"
IMAGE = f"registry.example.com/features@{DIGEST}"
OWN_IMAGE: dict[str, Any] = {"model__framework": None, "model__image": IMAGE}
STANDARD = changed(KSERVE, deployment_mode="standard")
CANDIDATE = {"uri": "s3://models/churn/2.2.0/", "version": "2.2.0"}
LANGUAGE = changed(
    KSERVE,
    model__framework="huggingface",
    model__uri=f"hf://owner/churn@{COMMIT}",
    resources={"accelerator": "nvidia-l4"},
)
EXTERNAL = changed(STANDARD, candidate=CANDIDATE, autoscaler="external", min_replicas=3)


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


@pytest.mark.parametrize(
    ("asked", "code", "key", "right"),
    [
        (
            changed(KSERVE, load_seconds=700, startup_timeout_seconds=699),
            "MS0213",
            "startup_timeout_seconds",
            changed(KSERVE, load_seconds=700, startup_timeout_seconds=700),
        ),
        (
            changed(KSERVE, startup_timeout_seconds=59),
            "MS0213",
            "startup_timeout_seconds",
            changed(KSERVE, startup_timeout_seconds=60),
        ),
        (
            changed(KSERVE, load_seconds=901, ready_timeout_seconds=900),
            "MS0213",
            "ready_timeout_seconds",
            changed(KSERVE, load_seconds=900, ready_timeout_seconds=900),
        ),
        (
            changed(KSERVE, transformer={"image": IMAGE, "min_replicas": 3, "max_replicas": 2}),
            "MS0201",
            "transformer.min_replicas",
            changed(KSERVE, transformer={"image": IMAGE, "min_replicas": 2, "max_replicas": 2}),
        ),
        (
            changed(KSERVE, explainer={"image": IMAGE, "cpu": 0.09}),
            "MS0104",
            "explainer.cpu",
            changed(KSERVE, explainer={"image": IMAGE, "cpu": 0.1}),
        ),
        (
            changed(KSERVE, explainer={"image": "registry.example.com/explain:latest"}),
            "MS0202",
            "explainer.image",
            changed(KSERVE, explainer={"image": IMAGE}),
        ),
        (
            changed(KSERVE, model__uri="hf://owner/churn@2.1.0"),
            "MS0202",
            "model.uri",
            changed(KSERVE, model__uri=f"hf://owner/churn@{COMMIT}"),
        ),
        (
            changed(KSERVE, candidate={"uri": "hf://owner/churn:2.2.0", "version": "2.2.0"}),
            "MS0202",
            "candidate.uri",
            changed(KSERVE, candidate={"uri": f"hf://o/churn:{COMMIT}", "version": "2.2.0"}),
        ),
        (
            changed(STANDARD, candidate=CANDIDATE, candidate_replicas=2),
            "MS0214",
            "candidate_replicas",
            changed(STANDARD, candidate=CANDIDATE, candidate_replicas=1),
        ),
        (
            changed(STANDARD, candidate_replicas=1),
            "MS0214",
            "candidate_replicas",
            STANDARD,
        ),
        (
            changed(KSERVE, candidate=CANDIDATE, candidate_replicas=1),
            "MS0214",
            "candidate_replicas",
            changed(KSERVE, candidate=CANDIDATE),
        ),
        (
            changed(KSERVE, host="churn.example.com"),
            "MS0214",
            "host",
            KSERVE,
        ),
        (
            changed(STANDARD, host="churn.example.com"),
            "MS0214",
            "host",
            STANDARD,
        ),
        (
            changed(KSERVE, env={"PYTHONPATH": "/x"}),
            "MS0106",
            "env.PYTHONPATH",
            changed(KSERVE, env={"PYTHON_PATH": "/x"}),
        ),
        (
            changed(KSERVE, env={"A-B": "x"}),
            "MS0106",
            "env.A-B",
            changed(KSERVE, env={"A_B": "x"}),
        ),
        (
            changed(KSERVE, transformer={"image": IMAGE, "env": {"PYTHONPATH": "/x"}}),
            "MS0106",
            "transformer.env.PYTHONPATH",
            changed(KSERVE, transformer={"image": IMAGE, "env": {"PYTHON_PATH": "/x"}}),
        ),
        (
            changed(KSERVE, explainer={"image": IMAGE, "env": {"API_TOKEN": "x"}}),
            "MS0107",
            "explainer.env.API_TOKEN",
            # The model's own server is told these by KServe, a companion is not.
            changed(KSERVE, explainer={"image": IMAGE, "env": {"PROTOCOL": "x"}}),
        ),
        (
            changed(LANGUAGE, served_model_name="meta/llama"),
            "MS0106",
            "served_model_name",
            changed(LANGUAGE, served_model_name="llama"),
        ),
        (
            changed(LANGUAGE, arguments=["--max-num-seqs=8"], served_model_name="a/b"),
            "MS0106",
            "served_model_name",
            changed(LANGUAGE, model__framework="vLLM", served_model_name="meta/llama"),
        ),
        (
            changed(KSERVE, model__image=IMAGE),
            "MS0214",
            "model.image",
            KSERVE,
        ),
        (
            changed(KSERVE, scale_to_zero_retention_seconds=30),
            "MS0214",
            "scale_to_zero_retention_seconds",
            changed(KSERVE, scale_to_zero_retention_seconds=30, min_replicas=0),
        ),
        (
            changed(EXTERNAL, candidate_replicas=2),
            "MS0214",
            "candidate_replicas",
            changed(EXTERNAL, candidate_replicas=1),
        ),
        (
            changed(KSERVE, runtime="kserve-mlserver", **OWN_IMAGE),
            "MS0214",
            "runtime",
            changed(KSERVE, **OWN_IMAGE),
        ),
        (
            changed(KSERVE, protocol="grpc-v2", live_path="/up", **OWN_IMAGE),
            "MS0214",
            "live_path",
            changed(KSERVE, protocol="v2", live_path="/up", **OWN_IMAGE),
        ),
        (
            changed(KSERVE, port=9000),
            "MS0214",
            "port",
            changed(KSERVE, port=9000, model__framework=None, model__image=IMAGE),
        ),
        (
            changed(KSERVE, resources={"accelerator": "nvidia-l4", "accelerator_count": 1.5}),
            "MS0103",
            "resources.accelerator_count",
            changed(KSERVE, resources={"accelerator": "nvidia-l4", "accelerator_count": 2}),
        ),
        (
            changed(SAGEMAKER, rollout={"owner": "rollout"}),
            "MS0214",
            "rollout.owner",
            changed(SAGEMAKER, rollout={"owner": "file"}),
        ),
        (
            changed(KSERVE, canary_percent=10),
            "MS0203",
            "canary_percent",
            changed(KSERVE, canary_percent=10, candidate=CANDIDATE),
        ),
    ],
)
def test_one_clear_problem_and_the_other_side_passes(
    site: Project, asked: dict[str, Any], code: str, key: str, right: dict[str, Any]
) -> None:
    site.model("churn", asked)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == (code, key)
    assert problem.place.line > 0
    assert problem.fix or problem.allowed
    site.model("churn", right)
    assert site.problems() == []


@pytest.mark.parametrize(
    ("key", "value", "close"),
    [
        ("deployment_mode", "RawDeployment", "standard"),
        ("deployment_mode", "serverless", "knative"),
        ("deployment_mode", "Knative", "knative"),
        ("model__framework", "scikit-learn", "sklearn"),
        ("model__framework", "torch", "pytorch"),
        ("model__framework", "vllm", "vLLM"),
        ("model__framework", "caffe", ""),
    ],
)
def test_what_others_call_it_is_told_by_our_name(
    site: Project, key: str, value: str, close: str
) -> None:
    site.model("churn", changed(KSERVE, **{key: value}))
    (problem,) = site.problems()
    assert problem.nearest == close


def test_a_name_that_is_no_dns_label(site: Project) -> None:
    site.model("Churn_model", KSERVE)
    assert {problem.code for problem in site.problems()} == {"MS0006"}


@pytest.mark.parametrize("asked", [works for _, _, works in CASES])
def test_what_the_settings_let_pass_the_component_takes(
    site: Project, asked: dict[str, Any]
) -> None:
    site.model("churn", asked)
    given = arguments(site.root, site.load(), "churn")
    assert given.keys() <= InferenceServiceArgs.__annotations__.keys()
    assert record(InferenceService, "churn", given).of(
        "kubernetes:serving.kserve.io/v1beta1:InferenceService"
    )


@pytest.mark.parametrize("works", [works for _, _, works in CLUSTER_CASES])
def test_and_so_on_another_cluster(
    site: Project, works: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    cluster, asked = works
    site.environment(targets={"kubernetes": cluster})
    site.model("churn", asked)
    given = arguments(site.root, site.load(), "churn")
    if "host" in asked:
        # A share by a route of ours asks the live candidate, and there is none here.
        with pytest.raises(pulumi.RunError, match="the candidate is not live yet"):
            record(InferenceService, "churn", given)
        given |= {"canary_percent": 0}
    record(InferenceService, "churn", given)


def test_every_setting_reaches_the_component(site: Project) -> None:
    everything = changed(
        STANDARD,
        model__framework="triton",
        protocol="grpc-v2",
        candidate=CANDIDATE,
        canary_percent=10,
        candidate_replicas=2,
        min_replicas=2,
        max_replicas=4,
        ready_path="/ready",
        live_path="/live",
        arguments=["--x"],
        env={"A": "b"},
        load_seconds=100,
        startup_timeout_seconds=200,
        ready_timeout_seconds=1000,
        cpu_target_percent=60,
        memory_target_percent=70,
        rollout={"owner": "rollout"},
    )
    site.environment(targets={"kubernetes": NEW})
    site.model("churn", everything)
    given = arguments(site.root, site.load(), "churn")
    wanted = {
        "protocol": "grpc-v2",
        "candidate_replicas": 2,
        "ready_path": "/ready",
        "live_path": "/live",
        "arguments": ["--x"],
        "env": {"A": "b"},
        "load_seconds": 100,
        "startup_timeout_seconds": 200,
        "ready_timeout_seconds": 1000,
        "cpu_target_percent": 60,
        "memory_target_percent": 70,
        "share_owner": "rollout",
        "gateway_api": True,
        "kserve_version": "0.21.0",
    }
    assert {key: given[key] for key in wanted} == wanted


def test_companions_become_flat_arguments(site: Project) -> None:
    companion = {
        "image": IMAGE,
        "arguments": ["--a"],
        "env": {"B": "c"},
        "min_replicas": 2,
        "max_replicas": 3,
        "cpu": 0.5,
        "memory_mib": 512,
    }
    site.model("churn", changed(KSERVE, transformer=companion, explainer={"image": IMAGE}))
    given = arguments(site.root, site.load(), "churn")
    assert {key: given[f"transformer_{key}"] for key in companion} == companion
    assert given["explainer_image"] == IMAGE
    assert "explainer_cpu" not in given
