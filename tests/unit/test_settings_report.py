"""Every problem that does not follow from another one is in the first report, and no other."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.settings_project import (
    CANDIDATE,
    KSERVE,
    LAMBDA,
    SAGEMAKER,
    TARGETS,
    Project,
    changed,
    dump,
    project,
)

# (file without folder, key, code)
Found = tuple[str, str, str]

POOL: dict[str, Any] = {
    "owner": "team-platform",
    "accelerator": "nvidia-l4",
    "instance_types": ["g6.xlarge"],
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


def reported(site: Project) -> list[Found]:
    return sorted(
        (p.place.file.rpartition("/")[2], p.key.removeprefix("model-serving:"), p.code)
        for p in site.problems()
    )


# (case, model files by name, environment's keys, what is found)
CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[Found]]] = [
    (
        "an unknown target hides nothing",
        {
            "fraud": changed(
                SAGEMAKER, target="sagemker", owner=None, model__version="latest", min_replicas=9
            ),
        },
        {"models": {"fraud": {"canary_percent": 130, "max_replicas": 5}}},
        [
            ("Pulumi.dev.yaml", "models.fraud.canary_percent", "MS0104"),
            ("fraud.yaml", "min_replicas", "MS0201"),
            ("fraud.yaml", "model.version", "MS0202"),
            ("fraud.yaml", "owner", "MS0102"),
            ("fraud.yaml", "target", "MS0105"),
        ],
    ),
    (
        "what depends on the target is not judged without one",
        {
            "fraud": changed(SAGEMAKER, target="banana", min_replicas=0, namespace="a"),
            "churn": changed(KSERVE, target=None, min_replicas=5, model__framework="nonsense"),
        },
        {"defaults": {"concurrency_target": 5}},
        [("churn.yaml", "target", "MS0102"), ("fraud.yaml", "target", "MS0105")],
    ),
    (
        "a misspelt target is one problem",
        {"fraud": {"targt": "sagemaker", **changed(SAGEMAKER, target=None, canary_percent=10)}},
        {},
        [("fraud.yaml", "canary_percent", "MS0203"), ("fraud.yaml", "target", "MS0102")],
    ),
    (
        "a misspelt key does not hide its neighbours, and is not missing as well",
        {
            "fraud": changed(
                SAGEMAKER, model__framework=None, model__framwork="xgboost", model__version="latest"
            ),
        },
        {},
        [("fraud.yaml", "model.framwork", "MS0101"), ("fraud.yaml", "model.version", "MS0202")],
    ),
    (
        "an unknown key that resembles none does not hide what is missing",
        {"fraud": changed(SAGEMAKER, model__framework=None, model__zzz=1, owner=None)},
        {},
        [
            ("fraud.yaml", "model.framework", "MS0205"),
            ("fraud.yaml", "model.zzz", "MS0101"),
            ("fraud.yaml", "owner", "MS0102"),
        ],
    ),
    (
        "a misspelt required key is not missing as well",
        {"fraud": changed(SAGEMAKER, owner=None, ownr="team-risk", min_replicas=3, max_replicas=2)},
        {},
        [("fraud.yaml", "min_replicas", "MS0201"), ("fraud.yaml", "ownr", "MS0101")],
    ),
    (
        "a misspelt default is not missing in each model",
        {"fraud": changed(SAGEMAKER, owner=None), "churn": changed(KSERVE, owner=None)},
        {"defaults": {"ownr": "team-risk"}},
        [("Pulumi.dev.yaml", "defaults.ownr", "MS0101")],
    ),
    (
        "a misspelt default is not what stands where it is missing",
        {"fraud": changed(SAGEMAKER, min_replicas=5, max_replicas=None, candidate=None)},
        {"defaults": {"max_replica": 9}},
        [("Pulumi.dev.yaml", "defaults.max_replica", "MS0101")],
    ),
    (
        "a misspelt candidate is not a share without one",
        {"fraud": changed(SAGEMAKER, candidat=CANDIDATE, canary_percent=10, slo__window_days=0)},
        {},
        [("fraud.yaml", "candidat", "MS0101"), ("fraud.yaml", "slo.window_days", "MS0104")],
    ),
    (
        "a key by another tool's name is the one it means",
        {"fraud": changed(SAGEMAKER, replicas=9, canary_percent=5)},
        {},
        [("fraud.yaml", "canary_percent", "MS0203"), ("fraud.yaml", "replicas", "MS0101")],
    ),
    (
        "a wrong value does not hide refusals, and what depends on it is left out",
        {
            "iris": changed(
                LAMBDA,
                resources={"cpu": 2, "accelerator": "nvidia-l5", "accelerator_count": 1},
                min_replicas="two",
                max_replicas=1,
                timeout_seconds=60,
            ),
        },
        {},
        [
            ("iris.yaml", "min_replicas", "MS0103"),
            ("iris.yaml", "resources.accelerator", "MS0105"),
            ("iris.yaml", "resources.cpu", "MS0313"),
            ("iris.yaml", "timeout_seconds", "MS0314"),
        ],
    ),
    (
        "the candidate is judged beside a broken stable model",
        {
            "fraud": changed(
                SAGEMAKER,
                model__version=1.4,
                candidate={"uri": "gs://models/latest", "version": "main"},
            ),
        },
        {},
        [
            ("fraud.yaml", "candidate.uri", "MS0202"),
            ("fraud.yaml", "candidate.uri", "MS0320"),
            ("fraud.yaml", "candidate.version", "MS0202"),
            ("fraud.yaml", "model.version", "MS0103"),
        ],
    ),
    (
        "a whole section of the wrong type",
        {"fraud": changed(SAGEMAKER, model="s3://models/1.4.0", resources=[], min_replicas=0)},
        {},
        [
            ("fraud.yaml", "min_replicas", "MS0304"),
            ("fraud.yaml", "model", "MS0103"),
            ("fraud.yaml", "resources", "MS0103"),
        ],
    ),
    (
        "the entry of a broken file is still read",
        {"fraud": "[", "churn": changed(KSERVE, canary_percent=5)},
        {"models": {"fraud": {"canary_percent": 130, "ownr": "x"}, "nobody": {}}},
        [
            ("Pulumi.dev.yaml", "models.fraud.canary_percent", "MS0104"),
            ("Pulumi.dev.yaml", "models.fraud.ownr", "MS0101"),
            ("Pulumi.dev.yaml", "models.nobody", "MS0108"),
            ("churn.yaml", "canary_percent", "MS0203"),
            ("fraud.yaml", "", "MS0001"),
        ],
    ),
    (
        "a wrong environment hides neither its own problems nor those of the models",
        {"fraud": changed(SAGEMAKER, min_replicas=0), "churn": KSERVE},
        {
            "layer": "al",
            "targets": {"aws": {"account_id": "12", "region": "eu-west-1"}},
            "platform": {
                "gpu_node_pools": {
                    "a": {**POOL, "min_nodes": 3, "max_nodes": 2, "capacity": "cheap"},
                    "b": {**POOL, "accelerator": "nvidia-l5", "max_nodes": -1},
                }
            },
        },
        [
            ("Pulumi.dev.yaml", "layer", "MS0105"),
            ("Pulumi.dev.yaml", "platform.gpu_node_pools.a.capacity", "MS0105"),
            ("Pulumi.dev.yaml", "platform.gpu_node_pools.b.accelerator", "MS0105"),
            ("Pulumi.dev.yaml", "platform.gpu_node_pools.b.max_nodes", "MS0104"),
            ("Pulumi.dev.yaml", "targets.aws.account_id", "MS0106"),
            ("fraud.yaml", "min_replicas", "MS0304"),
        ],
    ),
    (
        "pools and targets beside a wrong neighbour",
        {"churn": KSERVE},
        {
            "targets": {"aws": {"account_id": "12", "region": "eu-west-1"}},
            "platform": {
                "gpu_node_pools": {
                    "a": {**POOL, "min_nodes": 3, "max_nodes": 2, "capacity": "cheap"},
                }
            },
        },
        [
            ("Pulumi.dev.yaml", "platform.gpu_node_pools.a.capacity", "MS0105"),
            ("Pulumi.dev.yaml", "platform.gpu_node_pools.a.min_nodes", "MS0201"),
            ("Pulumi.dev.yaml", "targets.aws.account_id", "MS0106"),
            ("Pulumi.dev.yaml", "targets.eks", "MS0208"),
            ("Pulumi.dev.yaml", "targets.kubernetes", "MS0208"),
        ],
    ),
    (
        "what a wrong value decides is not judged by a default that nobody meant",
        {},
        {
            "platform": {
                "gpu_node_pools": {
                    "a": {**POOL, "capacity": "sopt", "reservation": "cr-0a"},
                    "b": {**POOL, "max_nodes": -2, "min_nodes": 3},
                }
            },
        },
        [
            ("Pulumi.dev.yaml", "platform.gpu_node_pools.a.capacity", "MS0105"),
            ("Pulumi.dev.yaml", "platform.gpu_node_pools.b.max_nodes", "MS0104"),
        ],
    ),
    (
        "a wrong mode of the cluster is one problem",
        {"churn": KSERVE, "other": KSERVE},
        {"targets": {**TARGETS, "kubernetes": {"context": "c", "deployment_mode": "raw"}}},
        [("Pulumi.dev.yaml", "targets.kubernetes.deployment_mode", "MS0105")],
    ),
    (
        "what is not offered, and other faults of the file",
        {"fraud": changed(SAGEMAKER, shadow=CANDIDATE, canary_percent=10, owner="")},
        {},
        [
            ("fraud.yaml", "canary_percent", "MS0203"),
            ("fraud.yaml", "owner", "MS0106"),
            ("fraud.yaml", "shadow", "MS0306"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("models", "keys", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_exactly_these_problems(
    site: Project, models: dict[str, Any], keys: dict[str, Any], expected: list[Found]
) -> None:
    for name, settings in models.items():
        site.model(name, settings)
    site.environment(**keys)
    assert reported(site) == expected


def test_correcting_what_is_reported_leaves_nothing_to_report(site: Project) -> None:
    """No second round: the report of a file with many faults names all that must change."""
    broken = changed(
        SAGEMAKER,
        target="sagemakr",
        owner=None,
        model__version="latest",
        model__framework=None,
        canary_percent=10,
        min_replicas=4,
        max_replicas=3,
    )
    site.model("fraud", broken)
    keys = {key for _, key, _ in reported(site)}
    fixed: dict[str, Any] = dict(broken)
    right = changed(SAGEMAKER, canary_percent=0, min_replicas=1, max_replicas=3)
    for key in keys:
        first = key.partition(".")[0]
        fixed[first] = right[first]
    site.model("fraud", dump(fixed))
    assert reported(site) == []


def test_no_list_of_a_hundred_keys(site: Project) -> None:
    """A target has more keys than anybody reads: the nearest is named, or where they stand."""
    site.model("churn", changed(KSERVE, min_replcas=1, nonsense_of_mine=2))
    near, far = site.problems()
    assert (near.nearest, near.allowed) == ("min_replicas", "")
    assert far.allowed.endswith("keys in docs/schema/, which editors complete")
