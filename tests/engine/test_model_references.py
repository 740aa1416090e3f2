"""References to models through the engine: asked in previews, deployed by `up`, told when moved."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.api.sagemaker_registry import GROUP, PACKAGE
from sandbox.seed_registries import COMMITS, RUNS
from sandbox.store import Fault, Row, Store
from tests.engine.conftest import ROOT, Sandbox
from tests.engine.test_program import LINKED, Estate, of

pytestmark = pytest.mark.engine

_GROUP = "arn:aws:sagemaker:eu-west-1:123456789012:model-package-group/fraud"
_PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/{}"
_LOYALTY: dict[str, Any] = {
    "target": "kserve",
    "owner": "team-growth",
    "model": {"uri": "models:/loyalty@champion", "framework": "sklearn"},
}
_ASSISTANT: dict[str, Any] = {
    "target": "kserve",
    "owner": "team-assistant",
    "model": {"uri": "hf://example/assistant@v1.0", "framework": "huggingface"},
    "resources": {"cpu": 4, "memory_mib": 16384},
}
_FRAUD: dict[str, Any] = {
    "target": "sagemaker",
    "owner": "team-risk",
    "model": {"uri": _GROUP},
    "instance_type": "ml.m5.large",
    "min_replicas": 2,
    "max_replicas": 4,
}
_IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/words@sha256:" + "1" * 64
# Artifacts beside the model's: of a part of its unit, of a container.
_RANKER: dict[str, Any] = {
    "target": "kubernetes",
    "owner": "team-search",
    "model": {
        "uri": "s3://example-models/ranker/1.2.0/",
        "version": "1.2.0",
        "image": _IMAGE,
    },
    "strategy": "blue_green",
    "parts": {"words": {"image": _IMAGE, "uri": "models:/loyalty@champion"}},
}
_PRICES: dict[str, Any] = {
    "target": "sagemaker",
    "owner": "team-prices",
    "model": {
        "uri": "s3://example-models/prices/1.0.0/model.tar.gz",
        "version": "1.0.0",
        "image": _IMAGE,
    },
    "containers": [
        {"hostname": "words", "image": _IMAGE, "uri": "models:/loyalty@champion/model.tar.gz"}
    ],
    "instance_type": "ml.m5.large",
    "min_replicas": 2,
    "max_replicas": 4,
}
# Pinned: nobody is asked for it.
_CHURN: dict[str, Any] = {
    "target": "kserve",
    "owner": "team-growth",
    "model": {
        "uri": "s3://example-models/churn/2.1.0/",
        "version": "2.1.0",
        "framework": "sklearn",
    },
}


@pytest.fixture
def estate(sandbox: Sandbox, tmp_path: Path) -> Estate:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    for file in (root / "stacks" / "models").iterdir():
        file.unlink()
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "pyproject.toml", ROOT / "uv.lock"):
        (root / path.name).write_bytes(path.read_bytes())
    made = Estate(sandbox, root)
    for environment in ("dev", "prod"):
        file = root / f"Pulumi.{environment}.yaml"
        content = yaml.safe_load(file.read_text())
        ours = content["config"]
        for key in ("models", "defaults", "platform", "follow_aliases"):
            ours.pop(f"model-serving:{key}", None)
        file.write_text(yaml.safe_dump(content))
    return made


def _write(estate: Estate, **models: dict[str, Any]) -> None:
    for name, settings in models.items():
        estate.model(name).write_text(json.dumps(settings))


def _asked(store: Store) -> list[str]:
    """What registries were asked."""
    return [event.operation for event in store.events("*", "*:*") if event.token in _TOKENS]


_TOKENS = {"mlflow:RegisteredModel", "huggingface:Model"}


def _approve(store: Store, version: int, status: str = "Approved") -> None:
    live = {
        "ModelPackageGroupName": "fraud",
        "ModelPackageVersion": version,
        "ModelApprovalStatus": status,
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud@sha256:"
                    + "1" * 64,
                    "ModelDataUrl": f"s3://example-models/fraud/{version}/model.tar.gz",
                }
            ]
        },
    }
    arn = _PACKAGE.format(version)
    row = Row(provider="aws", token=PACKAGE, id=arn, name=f"fraud/{version}", live=live)
    store.put(row.replace(account="123456789012", region="eu-west-1"))


def _said(estate: Estate, command: str) -> str:
    """What is printed by a run that must fail."""
    flags = ("--yes", "--skip-preview") if command == "up" else ()
    asked = (command, *flags, "--non-interactive", "--stack", "dev")
    stopped = estate.sandbox.pulumi(*asked, cwd=estate.root, check=False)
    assert stopped.returncode != 0
    assert "Traceback" not in stopped.stdout + stopped.stderr
    return stopped.stdout + stopped.stderr


def _changed(estate: Estate, before: dict[str, tuple[Any, ...]]) -> set[str]:
    after = estate.facts()
    return {urn for urn in {*before, *after} if before.get(urn) != after.get(urn)}


def _references(estate: Estate) -> dict[str, dict[str, Any]]:
    made = estate.sandbox.outputs(estate.root)["endpoints"]
    keys = ("model", "candidate", "parts", "containers")
    return {name: {key: of[key] for key in keys if key in of} for name, of in made.items()}


def test_what_moves_is_asked_shown_and_deployed(estate: Estate) -> None:
    _write(estate, loyalty=_LOYALTY, assistant=_ASSISTANT, fraud=_FRAUD, churn=_CHURN)
    _write(estate, prices=_PRICES)
    with estate.sandbox.store() as store:
        group = Row(provider="aws", token=GROUP, id="fraud", name="fraud")
        store.put(group.replace(account="123456789012", region="eu-west-1"))
        _approve(store, 1)
        _approve(store, 2, "PendingManualApproval")

    # Without leave nothing that moves is deployed, and nobody is asked.
    refused = _said(estate, "preview")
    assert "4 problems in the settings (4 files)" in refused
    assert "MS0560" in refused
    with estate.sandbox.store() as store:
        assert _asked(store) == []

    estate.write("follow_aliases", value=True)
    estate.up()
    found = _references(estate)
    at = f"s3://example-models/mlflow/3/{RUNS[0]}/artifacts/model"
    assert found["loyalty"]["model"] == {
        "model_uri": "models:/loyalty@champion",
        "resolved_uri": at,
        "resolved_version": "1",
        "name": "loyalty",
        "run_id": RUNS[0],
    }
    assert found["assistant"]["model"]["resolved_uri"] == f"hf://example/assistant@{COMMITS[0]}"
    assert found["fraud"]["model"]["resolved_uri"] == _PACKAGE.format(1)
    assert found["churn"] == {}
    packed = found["prices"]["containers"]["words"]["model"]
    assert packed["model_uri"] == "models:/loyalty@champion/model.tar.gz"
    assert packed["resolved_uri"] == f"{at}/model.tar.gz"
    live = json.dumps([each.get("inputs") for each in estate.resources()])
    for deployed in (
        at,
        f"{at}/model.tar.gz",
        f"hf://example/assistant:{COMMITS[0]}",
        "model-package/fraud/1",
    ):
        assert deployed in live
    for moving in ("models:/loyalty@champion", "assistant@v1.0", "model-package-group/fraud"):
        assert moving not in live

    # A candidate too, and nobody else's.
    before = estate.facts()
    candidate = {"candidate": {"uri": "hf://example/assistant@main"}, "canary_percent": 10}
    _write(estate, assistant={**_ASSISTANT, **candidate})
    estate.up()
    assert _references(estate)["assistant"]["candidate"]["resolved_version"] == COMMITS[1]
    assert all(of("assistant", urn) for urn in _changed(estate, before))

    # The same answers change nothing; each reference was asked for once.
    with estate.sandbox.store() as store:
        asked = len(_asked(store))
    quiet = estate.sandbox.up(estate.root, "--expect-no-changes", check=False)
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr
    with estate.sandbox.store() as store:
        operations = _asked(store)[asked:]
    assert operations.count("huggingface:model_info") == 2
    # Of the model and of the container's file.
    assert operations.count("mlflow:registered-models/alias") == 2


def test_what_has_moved_is_a_diff_and_what_nobody_resolves_stops_all(estate: Estate) -> None:
    estate.write("follow_aliases", value=True)
    _write(estate, loyalty=_LOYALTY, churn=_CHURN, ranker=_RANKER)
    estate.up()
    before = estate.facts()
    assert _references(estate)["ranker"]["parts"]["words"]["model"]["resolved_version"] == "1"

    move = ("set", "loyalty", "live.aliases.champion=2", "--token", "mlflow:*")
    estate.sandbox.run(ROOT / "sandbox" / "cloud", *move)
    asked = ("preview", "--diff", "--non-interactive", "--stack", "dev")
    preview = estate.sandbox.pulumi(*asked, cwd=estate.root).stdout
    places = [f"s3://example-models/mlflow/3/{run}/artifacts/model" for run in RUNS]
    assert f'storageUri: "{places[0]}" => "{places[1]}"' in preview
    assert 'resolved_version: "1" => "2"' in preview
    assert _changed(estate, before) == set()
    estate.up()
    changed = _changed(estate, before)
    assert changed
    assert all(of("loyalty", urn) or of("ranker", urn) for urn in changed), changed
    words = [urn for urn in changed if of("ranker", urn)]
    assert words
    assert _references(estate)["loyalty"]["model"]["resolved_version"] == "2"
    part = _references(estate)["ranker"]["parts"]["words"]["model"]
    assert (part["resolved_version"], part["resolved_uri"]) == ("2", places[1])
    live = json.dumps([each.get("inputs") for each in estate.resources()])
    assert places[0] not in live
    # Who was asked says nothing of what drifted: a refresh finds nothing.
    estate.sandbox.pulumi(
        *("refresh", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"),
        "--expect-no-changes",
        cwd=estate.root,
    )

    # What nobody resolves stops everything, also what could be deployed.
    after = estate.facts()
    nobody = {"uri": "models:/loyalty@nobody", "framework": "sklearn"}
    _write(estate, loyalty={**_LOYALTY, "model": nobody}, churn={**_CHURN, "max_replicas": 7})
    for command in ("preview", "up"):
        said = _said(estate, command)
        assert "stacks/models/loyalty.yaml:1:" in said
        assert "MS0563 model.uri" in said
        assert "alias nobody not found" in said
        assert _changed(estate, after) == set()

    # A registry that does not answer is told as such; what was made is not held back by it.
    _write(estate, loyalty=_LOYALTY)
    with estate.sandbox.store() as store:
        store.add_fault(Fault("mlflow:*", "*", "unreachable", count=-1))
    said = _said(estate, "preview")
    assert "no connection" in said
    assert "correct MLFLOW_TRACKING_URI" in said
    estate.sandbox.destroy(estate.root)
    assert estate.resources() == []


def test_pinned_models_ask_nobody(estate: Estate) -> None:
    """Neither a registry nor, on Kubernetes alone, the provider that would ask."""
    _write(estate, churn=_CHURN)
    estate.up()
    with estate.sandbox.store() as store:
        assert _asked(store) == []
    types = {each["type"] for each in estate.sandbox.state(estate.root)["resources"]}
    assert "pulumi:providers:serving" not in types


def test_files_in_a_store_are_looked_at_where_the_environment_says_so(estate: Estate) -> None:
    estate.write("verify_references", value=True)
    nothing = {"uri": "s3://example-models/churn/9.9.9/", "version": "9.9.9"}
    _write(estate, churn={**_CHURN, "model": {**_CHURN["model"], **nothing}})
    said = _said(estate, "preview")
    assert "stacks/models/churn.yaml:1:" in said
    assert "MS0563 model.uri" in said
    assert "S3, bucket example-models: there is nothing" in said

    onnx = {**_CHURN, "model": {**_CHURN["model"], "framework": "onnx"}}
    _write(estate, churn=onnx)
    said = _said(estate, "up")
    assert "MS0564 model.uri" in said
    assert "it has pickles, which run code when they are loaded (model.pkl)" in said
    assert estate.resources() == []

    # What scikit-learn's servers load; and what nobody lists is told, and stops nothing.
    _write(estate, churn=_CHURN)
    assert "warning" not in estate.up().stdout
    with estate.sandbox.store() as store:
        store.add_fault(Fault("s3:Object", "ListObjectsV2", "fail", count=-1))
    _write(estate, churn=onnx)
    told = estate.up().stdout
    assert "stacks/models/churn.yaml:1:" in told
    assert "the files of s3://example-models/churn/2.1.0/ were not looked at: S3" in told
