"""The same deployments for all: our files for them, and what peers write by hand.

A model of SageMaker is a role with its policy, a key with its alias, a log group, a model, a
configuration, an endpoint, what scales it and two alarms; a model of Kubernetes is a Deployment,
a Service, an autoscaler, a disruption budget, a service account and a network policy. The objects
of Kubernetes that peers get are those that ours makes of the same file, with the name replaced.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.estate import linked
from delivery.checking.environment import recorded
from stacks.settings.load import load

__all__ = ["SETS", "kubernetes_objects", "ours", "write_peers"]

ROOT: Final = Path(__file__).resolve().parents[2]
SETS: Final = ("sagemaker", "kubernetes", "mixed")
_NAME: Final = "bench-name"
_SAGEMAKER: Final = """\
target: sagemaker
owner: team-risk
description: Scores card payments for fraud.
model:
  uri: s3://example-models/fraud/1.4.0/model.tar.gz
  version: "1.4.0"
  framework: xgboost
instance_type: ml.m5.large
slo:
  latency_p95_ms: 100
  error_rate_percent: 1
"""
_KUBERNETES: Final = (ROOT / "stacks/models/ranker.yaml").read_text(encoding="utf-8")
_ENVIRONMENT: Final = f"""\
config:
  model-serving:tags:
    cost-centre: ml-platform
  model-serving:targets:
    aws:
      account_id: "123456789012"
      region: eu-west-1
    kubernetes:
      context: serving-dev
      namespace: models
      download_image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/init@sha256:{"4c1f" * 16}
    sagemaker:
      alarm_topic_arn: arn:aws:sns:eu-west-1:123456789012:serving-dev-alarms
  model-serving:defaults:
    max_replicas: 2
"""


def names(work: str, models: int) -> dict[str, str]:
    """The target of each model, by its name; of the mixed set by turns."""
    targets = ("sagemaker", "kubernetes") if work == "mixed" else (work,)
    return {f"model-{n:04d}": targets[n % len(targets)] for n in range(models)}


def ours(folder: Path, given: dict[str, str]) -> Path:
    """A project of ours with these models; program and environment are this one's, by link."""
    files = linked(folder) / "models"
    for name, target in given.items():
        text = _SAGEMAKER if target == "sagemaker" else _KUBERNETES
        (files / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "Pulumi.dev.yaml").write_text(_ENVIRONMENT, encoding="utf-8")
    return folder


def kubernetes_objects(scratch: Path) -> list[dict[str, Any]]:
    """What our program makes of the Kubernetes file, as manifests of the model `bench-name`."""
    project = ours(scratch / "one", {_NAME: "kubernetes"})
    found = recorded(project, project / "stacks", load(project, "dev"), None).resources
    return [
        json.loads(json.dumps(dict(one.properties), default=dict), parse_float=_whole)
        for one in found
        if one.type.startswith("kubernetes:") and one.name.startswith(_NAME)
    ]


def _whole(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def write_peers(scratch: Path, work: str, models: int, objects: list[dict[str, Any]]) -> Path:
    """The inputs of all peers: names.json, a chart's values, a base with an overlay a model."""
    folder = scratch / f"peers-{work}-{models}"
    folder.mkdir()
    given = names(work, models)
    (folder / "names.json").write_text(json.dumps(given))
    (folder / "objects.json").write_text(json.dumps(objects))
    on_cluster = [name for name, target in given.items() if target == "kubernetes"]
    if not on_cluster:
        return folder
    texts = [yaml.safe_dump(one, sort_keys=False) for one in objects]
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: models\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text(yaml.safe_dump({"models": on_cluster}))
    body = "---\n".join(texts).replace(_NAME, "{{ . }}")
    (chart / "templates/models.yaml").write_text(
        "{{- range .Values.models }}\n---\n" + body + "{{- end }}\n"
    )
    base = folder / "kustomize" / "base"
    base.mkdir(parents=True)
    (base / "model.yaml").write_text("---\n".join(texts).replace(_NAME, "model"))
    (base / "kustomization.yaml").write_text("resources: [model.yaml]\n")
    for name in on_cluster:
        overlay = folder / "kustomize" / name
        overlay.mkdir()
        label = {"pairs": {"app.kubernetes.io/name": name}, "includeSelectors": True}
        (overlay / "kustomization.yaml").write_text(
            yaml.safe_dump({"resources": ["../base"], "namePrefix": f"{name}-", "labels": [label]})
        )
    (folder / "kustomize/kustomization.yaml").write_text(yaml.safe_dump({"resources": on_cluster}))
    manifests = [text.replace(_NAME, name) for name in on_cluster for text in texts]
    (folder / "objects.yaml").write_text("---\n".join(manifests))
    return folder
