"""What SageMaker cannot do: the refusal, what is refused, the nearest thing that works."""

from typing import Any

from tests.unit.settings_project import CANDIDATE, DIGEST, SAGEMAKER, changed

PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/7"
VERSION: dict[str, Any] = {"version": "1.4.0", "framework": "xgboost"}
IMAGE = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@{DIGEST}"
CONTAINER: dict[str, Any] = {
    "hostname": "calibration",
    "image": IMAGE,
    "uri": "s3://models/calibration/1/model.tar.gz",
}
MANY: dict[str, Any] = changed(
    SAGEMAKER, many_models=True, model={"uri": "s3://models/1.4.0/", **VERSION}
)
NIGHT: dict[str, Any] = {"schedule": "0 20 * * *", "min_replicas": 1}

# (refusal, what is refused, the nearest thing that works)

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("sagemaker/zero", changed(SAGEMAKER, min_replicas=0), changed(SAGEMAKER, min_replicas=1)),
    (
        "sagemaker/shadow-beside-candidate",
        changed(SAGEMAKER, candidate=CANDIDATE, shadow=CANDIDATE),
        changed(SAGEMAKER, candidate=CANDIDATE, strategy="shadow"),
    ),
    ("sagemaker/shadow", changed(SAGEMAKER, shadow=CANDIDATE), SAGEMAKER),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "canary", "size_percent": 51}),
        changed(SAGEMAKER, rollout={"shift": "canary", "size_percent": 50}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 9}),
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 10}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "rolling", "size_percent": 4}),
        changed(SAGEMAKER, rollout={"shift": "rolling", "size_percent": 5}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "canary", "wait_seconds": 3601}),
        changed(SAGEMAKER, rollout={"shift": "canary", "wait_seconds": 3600}),
    ),
    (
        "sagemaker/shift-size",
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 10, "wait_seconds": 2521}),
        changed(SAGEMAKER, rollout={"shift": "linear", "size_percent": 10, "wait_seconds": 2520}),
    ),
    (
        "sagemaker/rolling-with-candidate",
        changed(SAGEMAKER, candidate=CANDIDATE, rollout={"shift": "rolling"}),
        changed(SAGEMAKER, candidate=CANDIDATE, rollout={"shift": "canary"}),
    ),
    (
        "sagemaker/cpu-and-memory",
        changed(SAGEMAKER, resources={"memory_mib": 4096}),
        changed(SAGEMAKER, instance_type="ml.m5.xlarge"),
    ),
    (
        "sagemaker/accelerator",
        changed(SAGEMAKER, resources={"accelerator": "nvidia-l4"}),
        changed(SAGEMAKER, resources={"accelerator": "nvidia-l4"}, instance_type="ml.g6.xlarge"),
    ),
    (
        "sagemaker/instance-type",
        changed(SAGEMAKER, instance_type="ml.m7g.large"),
        changed(SAGEMAKER, instance_type="ml.m8g.large"),
    ),
    (
        "sagemaker/registry",
        changed(SAGEMAKER, model={"uri": PACKAGE.rpartition("/")[0], **VERSION}),
        changed(SAGEMAKER, model={"uri": PACKAGE, "version": "7"}),
    ),
    (
        "sagemaker/registry",
        changed(SAGEMAKER, model={"uri": PACKAGE.replace("eu-west-1", "us-east-1"), **VERSION}),
        changed(SAGEMAKER, model={"uri": PACKAGE, **VERSION}),
    ),
    (
        "sagemaker/registry-image",
        changed(SAGEMAKER, model={"uri": PACKAGE, "image": IMAGE, **VERSION}),
        changed(
            SAGEMAKER,
            model={"uri": PACKAGE, "image": IMAGE, **VERSION},
            candidate=CANDIDATE,
        ),
    ),
    (
        "sagemaker/registry-image",
        changed(SAGEMAKER, candidate={"uri": PACKAGE, "version": "1.5.0", "image": IMAGE}),
        changed(SAGEMAKER, candidate={"uri": PACKAGE, "version": "1.5.0"}),
    ),
    (
        "sagemaker/many-models-machine",
        changed(MANY, instance_type="ml.g6.xlarge"),
        changed(MANY, instance_type="ml.g5.xlarge"),
    ),
    (
        "sagemaker/many-models-machine",
        changed(MANY, instance_type="ml.inf2.xlarge"),
        changed(MANY, instance_type="ml.c6i.xlarge"),
    ),
    ("sagemaker/many-models-artifact", changed(SAGEMAKER, many_models=True), MANY),
    (
        "sagemaker/many-models-artifact",
        changed(MANY, containers=[{**CONTAINER, "uri": "s3://models/calibration/1/"}]),
        changed(MANY, containers=[CONTAINER]),
    ),
    (
        "sagemaker/shadow-beside",
        changed(
            MANY, strategy="shadow", candidate={"uri": "s3://models/1.5.0/", "version": "1.5.0"}
        ),
        changed(SAGEMAKER, strategy="shadow", candidate=CANDIDATE, canary_percent=20),
    ),
    (
        "sagemaker/shadow-beside",
        changed(SAGEMAKER, strategy="shadow", candidate=CANDIDATE, containers=[CONTAINER]),
        changed(SAGEMAKER, strategy="ab", candidate=CANDIDATE, containers=[CONTAINER]),
    ),
    (
        "sagemaker/shadow-beside",
        changed(SAGEMAKER, strategy="shadow", candidate=CANDIDATE, instance_type="ml.inf1.xlarge"),
        changed(SAGEMAKER, candidate=CANDIDATE, instance_type="ml.inf1.xlarge"),
    ),
    (
        "sagemaker/shift-machine",
        changed(SAGEMAKER, instance_type="ml.inf1.xlarge", rollout={"shift": "linear"}),
        changed(SAGEMAKER, instance_type="ml.inf1.xlarge", rollout={"shift": "all_at_once"}),
    ),
    (
        "sagemaker/disk",
        changed(SAGEMAKER, disk_gib=100, instance_type="ml.m5d.large"),
        changed(SAGEMAKER, disk_gib=100),
    ),
    (
        "sagemaker/scaling",
        changed(SAGEMAKER, scaling={"metric": "latency"}),
        changed(SAGEMAKER, scaling={"metric": "concurrency", "target": 4}),
    ),
    (
        "sagemaker/scaling",
        changed(SAGEMAKER, scaling={"metric": "gpu"}),
        changed(SAGEMAKER, scaling={"metric": "gpu"}, instance_type="ml.g5.xlarge"),
    ),
    (
        "sagemaker/scaling",
        changed(SAGEMAKER, scaling={"metric": "cpu", "target": 101}),
        changed(SAGEMAKER, scaling={"metric": "cpu", "target": 100}),
    ),
    (
        "sagemaker/scaling",
        changed(SAGEMAKER, scaling={"metric": "Models/Length"}),
        changed(SAGEMAKER, scaling={"metric": "Models/Length", "target": 0.5}),
    ),
    (
        "sagemaker/schedule",
        changed(SAGEMAKER, scaling={"schedules": [{**NIGHT, "schedule": "0 8 1 * 1"}]}),
        changed(SAGEMAKER, scaling={"schedules": [{**NIGHT, "schedule": "0 8 * * 1"}]}),
    ),
    (
        "sagemaker/schedule-zero",
        changed(SAGEMAKER, scaling={"schedules": [{**NIGHT, "min_replicas": 0}]}),
        changed(SAGEMAKER, scaling={"schedules": [NIGHT]}),
    ),
    (
        "sagemaker/capture",
        changed(SAGEMAKER, capture={"percent": 10}),
        changed(SAGEMAKER, capture={"percent": 10, "uri": "s3://captured/fraud"}),
    ),
    (
        "sagemaker/capture",
        changed(SAGEMAKER, capture={"uri": "gs://captured/fraud"}),
        changed(SAGEMAKER, capture={"uri": "s3://captured/fraud", "payload": ["response"]}),
    ),
    (
        "sagemaker/image",
        changed(SAGEMAKER, model={**SAGEMAKER["model"], "image": f"ghcr.io/x/y@{DIGEST}"}),
        changed(SAGEMAKER, model={**SAGEMAKER["model"], "image": IMAGE}),
    ),
    (
        "sagemaker/image",
        changed(SAGEMAKER, containers=[{**CONTAINER, "image": f"ghcr.io/x/y@{DIGEST}"}]),
        changed(SAGEMAKER, containers=[CONTAINER]),
    ),
    (
        "sagemaker/direct",
        changed(SAGEMAKER, containers=[{**CONTAINER, "first": True}], container_call="direct"),
        changed(SAGEMAKER, containers=[{**CONTAINER, "first": True}], container_call="serial"),
    ),
    (
        "sagemaker/direct",
        changed(MANY, containers=[CONTAINER], container_call="direct"),
        changed(SAGEMAKER, containers=[CONTAINER], container_call="direct"),
    ),
    (
        "sagemaker/environment",
        changed(SAGEMAKER, env={"A": "x" * 1025}),
        changed(SAGEMAKER, env={"A": "x" * 1024}),
    ),
    (
        "sagemaker/environment",
        changed(SAGEMAKER, env={f"A{n}": "x" for n in range(101)}),
        changed(SAGEMAKER, env={f"A{n}": "x" for n in range(100)}),
    ),
    (
        "sagemaker/image-region",
        changed(
            SAGEMAKER,
            model={**SAGEMAKER["model"], "image": IMAGE.replace("eu-west-1", "us-east-1")},
        ),
        changed(SAGEMAKER, model={**SAGEMAKER["model"], "image": IMAGE}),
    ),
]
