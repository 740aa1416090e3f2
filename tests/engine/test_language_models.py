"""Language models through the real engine: on InferenceService, and from the settings."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_COMMIT = "7ae557604adf67be50417f59c2c2f167def9a775"
_SERVICE = "chat-inference-service"
_CLOUD = ROOT / "sandbox" / "cloud"
_LINKED = (".venv", ".cache", "provider", "policies", "components", "facts", "delivery", "runtime")


_SCALER = ("default/chat", "--token", "*ScaledObject")


def _live(sandbox: Sandbox) -> dict[str, Any]:
    return json.loads(sandbox.run(_CLOUD, "show", *_SCALER).stdout)["outputs"]


def test_vllm_in_standard_mode_with_cache_and_keda(sandbox: Sandbox) -> None:
    """Scaled by KEDA and never reset; each version by its own cache; drift repaired; all gone."""
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.kserve.inference_service",
        "InferenceService",
        "chat",
        {
            "environment": "dev",
            "owner": "team-assistant",
            "model_version": "2.5",
            "model_uri": f"hf://Qwen/Qwen2.5-7B-Instruct@{_COMMIT}",
            "framework": "huggingface",
            "namespace": "default",
            "kserve_version": "0.20.0",
            "deployment_mode": "standard",
            "accelerator": "nvidia-l4",
            "accelerator_count": 2,
            "memory_mib": 65536,
            "weights_gib": 15.2,
            "max_model_length": 16384,
            "max_replicas": 4,
            "autoscaler": "keda",
            "load_metric": "queue_depth",
            "prometheus_url": "http://prometheus.monitoring:9090",
            "cache": "local",
            "cache_size_gib": 20,
            "cache_node_groups": ["l4"],
        },
    )
    project.preview()
    made = project.up()
    assert {_SERVICE, "chat-scaler", "chat-cache-v2.5"} <= made.names("create")
    # KServe's webhook finds the cache when the service is made, not later.
    order = [name for operation, name in made.order if operation == "create"]
    assert order.index("chat-cache-v2.5") < order.index(_SERVICE) < order.index("chat-scaler")
    assert project.outputs()["openai_url"].endswith("/openai/v1")
    assert project.up().steps == {}

    # KEDA writes what it scaled, and somebody on call holds it there: no update undoes either.
    held = 'metadata.annotations={"autoscaling.keda.sh/paused-replicas":"3"}'
    sandbox.run(_CLOUD, "set", *_SCALER, held, "--manager=oncall")
    sandbox.run(_CLOUD, "set", *_SCALER, 'status={"originalReplicaCount":1}')
    assert project.up(refresh=True).names("update", "create", "replace") == set()
    assert project.up(cooldown_seconds=600).steps == {"chat-scaler": ["update"]}
    assert "paused-replicas" in json.dumps(_live(sandbox)["metadata"]["annotations"])
    assert project.up(max_model_length=8192).steps == {_SERVICE: ["update"]}
    predictor = project.resource(_SERVICE)["inputs"]["spec"]["predictor"]
    assert {key for key in predictor if "eplicas" in key} == {"minReplicas", "maxReplicas"}

    fuller = project.preview(fails=True, weights_gib=43.2)
    assert "weights_gib: got 43.2; use more GPUs" in fuller.output
    other = f"hf://Qwen/Qwen3-8B@{'0' * 40}"
    updated = project.up(weights_gib=16, model_version="3.0", model_uri=other)
    assert {"chat-cache-v3.0"} <= updated.names("create")
    assert {"chat-cache-v2.5"} <= updated.names("delete")

    sandbox.run(_CLOUD, "rm", *_SCALER)
    assert project.up(refresh=True).names("create") == {"chat-scaler"}
    project.destroy()
    assert "chat" not in sandbox.run(_CLOUD, "ls", "--provider", "kubernetes").stdout


def test_the_release_of_the_cluster_decides(sandbox: Sandbox, tmp_path: Path) -> None:
    """What the cluster's KServe cannot do is refused from the settings; with 0.20 it is served."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    for name in _LINKED:
        (root / name).symlink_to(ROOT / name)
    for name in ("Pulumi.yaml", "pyproject.toml", "uv.lock"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    for path in (root / "stacks" / "models").iterdir():
        path.unlink()
    model = {
        "target": "kserve_llm",
        "owner": "team-assistant",
        "model": {
            "uri": f"hf://Qwen/Qwen2.5-7B-Instruct@{_COMMIT}",
            "version": "2.5",
            "framework": "huggingface",
        },
        "resources": {"accelerator": "nvidia-l4", "memory_mib": 32768},
        "weights_gib": 15.2,
        "cache": {"kind": "local", "size_gib": 20, "node_groups": ["l4"]},
    }
    (root / "stacks" / "models" / "chat.yaml").write_text(yaml.safe_dump(model))
    run = ("--non-interactive", "--stack", "dev")
    sandbox.new_stack(root)

    def environment(version: str) -> None:
        cluster = {
            "context": "serving-dev",
            "kserve_version": version,
            "monitoring": {
                "runbook_url": "https://wiki.corp/runbooks/{alert}",
                "grafana_url": "https://grafana.corp",
            },
        }
        disks = {"owner": "team-platform", "size_gib": 500, "accelerator": "nvidia-l4"}
        config = {
            "model-serving:targets": {"kubernetes": cluster},
            "model-serving:platform": {"model_node_groups": {"l4": disks}},
        }
        (root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))

    environment("0.17.0")
    refused = sandbox.pulumi("preview", *run, cwd=root, check=False)
    said = refused.stdout + refused.stderr
    assert refused.returncode == 1
    assert "stacks/models/chat.yaml:" in said
    assert "MS0340" in said
    assert "kserve_version 0.19 or newer" in said

    environment("0.20.0")
    sandbox.up(root)
    endpoint = sandbox.outputs(root)["endpoints"]["chat"]
    assert endpoint["openai_url"].endswith("/models/chat/v1")
    kinds = {each["type"].rpartition(":")[2] for each in sandbox.resources(root)}
    assert {"LocalModelNodeGroup", "LocalModelNamespaceCache"} <= kinds
    assert {"PodMonitor", "PrometheusRule"} <= kinds
    assert endpoint["dashboard_url"] == "https://grafana.corp/d/dev-models-chat"
    sandbox.destroy(root)
