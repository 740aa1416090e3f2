"""LLMInferenceService through the real engine: what changes at each step, and what never does."""

import json
from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_COMMIT = "7ae557604adf67be50417f59c2c2f167def9a775"
_DOWNLOADER = "registry.example.com/storage-initializer@sha256:"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "3.0",
    "candidate_uri": "hf://Qwen/Qwen3-8B@0000000000000000000000000000000000000000",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.kserve.llm_inference_service",
        "LLMInferenceService",
        "chat",
        {
            "environment": "dev",
            "owner": "team-assistant",
            "model_version": "2.5",
            "model_uri": f"hf://Qwen/Qwen2.5-7B-Instruct@{_COMMIT}",
            "namespace": "default",
            "kserve_version": "0.20.0",
            "accelerator": "nvidia-l4",
            "accelerator_count": 2,
            "memory_mib": 65536,
            **more,
        },
    )


def _spec(project: ComponentProject, role: str = "service") -> dict[str, Any]:
    return project.resource(f"chat-{role}")["inputs"]["spec"]


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.preview()
    created = project.up()
    assert created.names("create") >= {"chat", "chat-service"}
    assert project.outputs()["openai_url"].endswith("/default/chat/v1")
    assert project.up().steps == {}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert begun.steps == {
        "chat-candidate": ["create"],
        "chat-candidate-network-policy": ["create"],
        "chat-service": ["update"],
    }
    # The stable model joins the routing group; nothing of its pods changes.
    assert begun.properties["chat-service"] <= {
        "spec.router.route.group",
        "spec.router.route.weight",
    }
    share = project.up(canary_percent=50)
    assert share.steps == {"chat-candidate": ["update"], "chat-service": ["update"]}
    for member in share.properties.values():
        assert member == {"spec.router.route.weight"}
    assert _spec(project)["router"]["route"] == {"group": "chat", "weight": 50}

    promoted = project.up(
        model_version="3.0", model_uri=_CANDIDATE["candidate_uri"], **_NO_CANDIDATE
    )
    assert promoted.steps["chat-service"] == ["update"]
    assert promoted.steps["chat-candidate"] == ["delete"]

    # How one replica is parted over nodes is fixed while it lives: KServe's webhook says so.
    parted = {"data_parallel": 4, "data_parallel_local": 2, "expert_parallel": True}
    fixed = project.preview(fails=True, **parted)
    assert "total parallelism size is immutable" in fixed.output
    project.args = {key: value for key, value in project.args.items() if key not in parted}

    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")


def test_scale_and_cache(sandbox: Sandbox) -> None:
    """What KEDA or a person scaled stays; a promoted version keeps its cache; a failure resumes."""
    project = _project(
        sandbox,
        min_replicas=1,
        max_replicas=4,
        prometheus_url="http://prometheus.monitoring:9090",
        cache="volume",
        cache_size_gib=20,
        download_image=f"{_DOWNLOADER}{'0' * 64}",
    )
    job = "kubernetes:batch/v1:Job"
    sandbox.run(ROOT / "sandbox" / "cloud", "fault", "add", job, "create", "fail")
    half = project.up(fails=True)
    assert "chat-cache-v2.5-volume" in half.names("create")
    sandbox.run(ROOT / "sandbox" / "cloud", "fault", "clear")
    made = project.up()
    assert {"chat-cache-v2.5-download", "chat-service", "chat-scaler"} <= made.names("create")
    assert project.up().steps == {}
    assert "replicas" not in _spec(project)

    _set(sandbox, "default/chat", "spec.replicas=3", "--manager=keda-operator")
    assert project.up(owner="team-chat").names("update") >= {"chat-service"}
    assert _live(sandbox, "default/chat")["spec"]["replicas"] == 3
    assert project.up(cooldown_seconds=600).steps == {"chat-scaler": ["update"]}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert "chat-cache-v3.0-download" in begun.names("create")
    promoted = project.up(
        model_version="3.0", model_uri=_CANDIDATE["candidate_uri"], **_NO_CANDIDATE
    )
    # The promoted version's cache goes on; only the old one's goes.
    assert promoted.names("create", "replace") == set()
    assert {name for name in promoted.names("delete") if "cache" in name} == {
        "chat-cache-v2.5-volume",
        "chat-cache-v2.5-network-policy",
        "chat-cache-v2.5-download",
    }
    # A download that fails is mended by the next run, and touches what is served only after it.
    wrong = project.up(fails=True, token_secret_name="none")
    assert 'secret "none" not found' in wrong.output
    assert "chat-service" not in wrong.steps
    mended = project.up(token_secret_name=None)
    assert {name.rpartition("-")[2] for name in mended.steps} == {"download"}
    newer = project.up(download_image=f"{_DOWNLOADER}{'1' * 64}")
    assert newer.names("replace") == {"chat-cache-v3.0-download"}
    assert "chat-service" not in newer.steps

    refused = project.preview(fails=True, kserve_version="0.17.0")
    assert "kserve_version: got '0.17.0'; use 0.19 or newer" in refused.output
    project.args["kserve_version"] = "0.20.0"
    project.destroy()


def _set(sandbox: Sandbox, *arguments: str) -> None:
    sandbox.run(ROOT / "sandbox" / "cloud", "set", *arguments, "--token", "*LLM*")


def _live(sandbox: Sandbox, resource: str) -> dict[str, Any]:
    shown = sandbox.run(ROOT / "sandbox" / "cloud", "show", resource, "--token", "*LLM*")
    return json.loads(shown.stdout)["outputs"]
