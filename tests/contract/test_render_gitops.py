"""The examples of docs/gitops.md, held against the definitions of Argo CD and Flux themselves."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml

from delivery.render import FOLDER
from sandbox.kinds.build import documents, downloaded
from sandbox.kinds.modules import Module
from stacks.settings.environment import KubernetesTarget
from tests.contract.emitted import KUBERNETES, of
from tests.judges.corpora.definitions import as_json_schema

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "docs" / "gitops").rglob("*.yaml"))
MODULES = (
    Module(
        "argo_cd",
        "github.com/argoproj/argo-cd/v3",
        ("manifests/crds/application*-crd.yaml",),
        version="v3.1.9",
    ),
    Module(
        "flux_kustomize",
        "github.com/fluxcd/kustomize-controller",
        ("config/crd/bases/*.yaml",),
        version="v1.7.3",
    ),
    Module(
        "flux_source",
        "github.com/fluxcd/source-controller",
        ("config/crd/bases/*.yaml",),
        version="v1.8.0",
    ),
)


@functools.cache
def definitions() -> dict[tuple[str, str], Mapping[str, Any]]:
    """Schemas by `apiVersion` and kind."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    folders = downloaded(MODULES)
    if len(folders) < len(MODULES):
        pytest.skip("the Go modules of Argo CD and Flux cannot be had here")
    for module, folder in folders.items():
        for pattern in module.definitions:
            for file in sorted(folder.glob(pattern)):
                for one in documents(file.read_text(encoding="utf-8")):
                    spec = one["spec"]
                    for version in spec["versions"]:
                        key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                        found[key] = version["schema"]["openAPIV3Schema"]
    return found


def objects(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def wrong(manifest: dict[str, Any]) -> list[str]:
    if manifest["kind"] == "ConfigMap":
        return []
    schema = definitions()[manifest["apiVersion"], manifest["kind"]]
    validator: Any = jsonschema.Draft202012Validator(as_json_schema(schema))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(manifest)]


def test_there_are_examples_of_both() -> None:
    kinds = {one["kind"] for path in EXAMPLES for one in objects(path)}
    assert kinds >= {"Application", "ApplicationSet", "Kustomization", "GitRepository"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_what_its_controller_takes(path: Path) -> None:
    """Each object is valid by its definition, with no field that is not declared."""
    assert [each for one in objects(path) for each in wrong(one)] == []


@pytest.mark.parametrize(
    ("kind", "keys", "value"),
    [
        ("Application", ("spec", "source", "repoUrl"), "x"),
        ("Application", ("spec", "syncPolicy", "automated", "prune"), "yes"),
        ("Kustomization", ("spec", "interval"), "ten minutes"),
        ("GitRepository", ("spec", "url"), "git.example.com/x"),
    ],
)
def test_the_definitions_refuse_mistakes(kind: str, keys: tuple[str, ...], value: str) -> None:
    (found, *_) = (one for path in EXAMPLES for one in objects(path) if one["kind"] == kind)
    inner = found
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    assert wrong(found)


def test_an_example_follows_the_folder_that_is_written() -> None:
    """Paths are those of `rendered/<env>`."""
    for path in EXAMPLES:
        for one in objects(path):
            spec = one.get("spec", {})
            followed = spec.get("path") or spec.get("source", {}).get("path") or f"{FOLDER}/prod"
            assert followed.removeprefix("./").startswith(f"{FOLDER}/prod"), path


def test_argo_cd_waits_for_what_an_update_waits_for() -> None:
    """Each kind that an update waits for has a health check: Argo CD's own, or the example's."""
    (example,) = (path for path in EXAMPLES if path.name == "argocd-cm.yaml")
    prefix = "resource.customizations.health."
    said = {key.removeprefix(prefix) for key in objects(example)[0]["data"]}
    waited = {
        f"{one.object['apiVersion'].rpartition('/')[0]}_{one.object['kind']}"
        for name in KUBERNETES
        for one in of(name)
        if "pulumi.com/waitFor" in one.object["metadata"].get("annotations", {})
        # Copies on nodes: a server is given none before they are there.
        or one.object["kind"] == "LocalModelNamespaceCache"
    }
    assert waited - said == {"serving.kserve.io_InferenceService"}
    # What KServe has before 0.19.
    assert said - waited == {"serving.kserve.io_LocalModelCache"}


def test_the_page_names_what_is_there() -> None:
    """Every example is linked, every value of the setting is told."""
    page = (ROOT / "docs" / "gitops.md").read_text(encoding="utf-8")
    for path in EXAMPLES:
        assert f"]({path.relative_to(ROOT / 'docs').as_posix()})" in page
    for value in get_args(KubernetesTarget.model_fields["applied_by"].annotation):
        assert f"`{value}`" in page or f"applied_by: {value}" in page
