"""`features` of a model's file through the engine: what each target's instances are told."""

import copy
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from delivery.target_examples import EXAMPLES, SITE
from stacks import targets
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.settings_project import Project, project

pytestmark = pytest.mark.engine

_VARIABLE = "MODEL_SERVING_FEATURES"
_FEATURES: dict[str, Any] = {
    "store": "redis",
    "url": "rediss://features.example:6379/0",
    "entities": {"customer_id": "integer"},
    "key": "customer:{customer_id}",
    "features": ["age", "balance"],
}
_NETWORK = {
    "subnet_ids": ["subnet-0dev00000000000a1"],
    "security_group_ids": ["sg-0dev00000000000a0"],
}


def _by_name(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in pairs}


def _of_lambda(inputs: dict[str, Any]) -> dict[str, Any]:
    # Where the store is, in a private network, as Lambda has no key for its password.
    assert inputs["vpcConfig"]["subnetIds"] == _NETWORK["subnet_ids"]
    return inputs["environment"]["variables"]


def _of_cloud_run(inputs: dict[str, Any]) -> dict[str, Any]:
    return _by_name(inputs["template"]["containers"][0]["envs"])


def _of_azure(inputs: dict[str, Any]) -> dict[str, Any]:
    return _by_name(inputs["siteConfig"]["appSettings"])


def _of_pods(inputs: dict[str, Any]) -> dict[str, Any]:
    return _by_name(inputs["spec"]["template"]["spec"]["containers"][0]["env"])


@dataclass(frozen=True)
class _Case:
    """Where a target's variables are, and what a change of them updates beside."""

    cloud: str
    holder: str
    variables: Callable[[dict[str, Any]], dict[str, Any]]
    beside: frozenset[str] = frozenset()


_CASES = {
    "lambda": _Case("aws", "prices-function", _of_lambda, frozenset({"prices-alias"})),
    "cloud_run": _Case("gcp", "prices-service", _of_cloud_run, frozenset({"prices-stable"})),
    "azure_functions": _Case("azure", "prices-app", _of_azure),
    "kubernetes": _Case("kubernetes", "prices-deployment", _of_pods),
}


def _package(path: Path) -> None:
    """What every function takes for one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("host.json", '{"version": "2.0"}')


def _asked(site: Project, target: str, features: dict[str, Any] | None) -> dict[str, Any]:
    """The component's arguments, as the program gets them of the file."""
    more = {} if features is None else {"features": features}
    example = copy.deepcopy(EXAMPLES[target])
    # An account, and a namespace, that the sandbox has.
    example["model"]["uri"] = example["model"]["uri"].replace("examplemodels", "exampleartifacts")
    site.model("prices", {**example, **more})
    asked = targets.arguments(site.root, site.load(), "prices")
    return asked | {"namespace": "default"} if "namespace" in asked else asked


@pytest.mark.usefixtures("own_artifacts")
@pytest.mark.parametrize("target", _CASES)
def test_features_reach_the_instances_and_a_change_updates_them_alone(
    sandbox: Sandbox, tmp_path: Path, target: str
) -> None:
    case, kind = _CASES[target], targets.TARGETS[target]
    (tmp_path / "settings").mkdir()
    site = project(tmp_path / "settings")
    site.environment(targets={**SITE["targets"], "lambda_function": _NETWORK})
    first = _asked(site, target, _FEATURES)
    if path := first.get("code_path"):
        _package(Path(path))
    made = ComponentProject(sandbox, case.cloud, kind.module, kind.class_name, "prices", first)
    made.up()

    def told() -> Any:  # noqa: ANN401 - a document, or none
        said = case.variables(made.resource(case.holder)["inputs"]).get(_VARIABLE)
        return said and json.loads(said)

    def change(features: dict[str, Any] | None) -> set[str]:
        left: dict[str, Any] = dict.fromkeys(made.args)
        changed = made.up(fails=False, **{**left, **_asked(site, target, features)})
        assert changed.names("update") == changed.steps.keys()
        return changed.names("update")

    assert told() == _FEATURES
    assert made.up().steps == {}
    # Another default is another value of the one variable, and nothing else.
    changed = {**_FEATURES, "defaults": {"balance": 0.5}}
    assert change(changed) == {case.holder, *case.beside}
    assert told() == changed
    assert change(None) == {case.holder, *case.beside}
    assert told() is None
    assert made.up().steps == {}
