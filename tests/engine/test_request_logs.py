"""`request_logs` and `tracing` of a model's file, through the engine: the server alone changes."""

import copy
import zipfile
from pathlib import Path
from typing import Any

import pytest

from delivery.target_examples import EXAMPLES, SITE
from stacks import targets
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.settings_project import Project, project

pytestmark = pytest.mark.engine

_COLLECTOR = "http://collector.tracing:4318"
_SHARE = "MODEL_SERVING_REQUEST_LOG_PERCENT"
_PAYLOADS = "MODEL_SERVING_REQUEST_LOG_PAYLOADS"


class _Served:
    """A model of one target, deployed with what its file says."""

    def __init__(self, sandbox: Sandbox, site: Project, cloud: str, target: str) -> None:
        self._site, self._target = site, target
        kind, first = targets.TARGETS[target], self._asked({})
        if path := first.get("code_path"):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("handler.py", "")
        self.project = ComponentProject(
            sandbox, cloud, kind.module, kind.class_name, "prices", first
        )
        self.project.up()

    def _asked(self, more: dict[str, Any]) -> dict[str, Any]:
        example = copy.deepcopy(EXAMPLES[self._target])
        self._site.model("prices", {**example, "data_classification": "internal", **more})
        asked = targets.arguments(self._site.root, self._site.load(), "prices")
        return asked | {"namespace": "default"} if "namespace" in asked else asked

    def says(self, **more: Any) -> set[str]:  # noqa: ANN401 - keys of a file
        """Deploy what the file says now: what is updated, and nothing else happens."""
        left: dict[str, Any] = dict.fromkeys(self.project.args)
        done = self.project.up(fails=False, **{**left, **self._asked(more)})
        assert done.names("update") == done.steps.keys()
        assert self.project.up().steps == {}
        return done.names("update")

    def inputs(self, name: str) -> dict[str, Any]:
        return self.project.resource(name)["inputs"]


def test_pods_are_told_and_reach_the_collector(sandbox: Sandbox, tmp_path: Path) -> None:
    site = project(tmp_path)
    site.environment(targets=SITE["targets"])
    served = _Served(sandbox, site, "kubernetes", "kubernetes")

    def told() -> dict[str, Any]:
        spec = served.inputs("prices-deployment")["spec"]["template"]["spec"]
        return {each["name"]: each.get("value") for each in spec["containers"][0]["env"]}

    assert not [name for name in told() if "REQUEST_LOG" in name or name.startswith("OTEL_")]
    assert served.says(request_logs={"sample_percent": 5}) == {"prices-deployment"}
    assert told()[_SHARE] == "5"

    # Spans need a way out of the namespace.
    changed = served.says(tracing={"endpoint": _COLLECTOR, "sample_percent": 10})
    assert "prices-deployment" in changed
    (policy,) = changed - {"prices-deployment"}
    assert "4318" in str(served.inputs(policy)["spec"]["egress"])
    assert told()["OTEL_TRACES_SAMPLER_ARG"] == "0.1"

    assert "prices-deployment" in served.says(request_logs={"payloads": True})
    labels = served.inputs("prices-deployment")["metadata"]["labels"]
    assert labels["model-serving/payloads"] == "kept"
    assert told()[_PAYLOADS] == "true"
    assert served.says() == {"prices-deployment"}
    served.project.destroy()


@pytest.mark.usefixtures("own_artifacts")
def test_a_function_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    site = project(tmp_path / "settings")
    site.environment(targets=SITE["targets"])
    served = _Served(sandbox, site, "aws", "lambda")
    said = {"sample_percent": 1, "payloads": True, "payload_bytes": 200}
    assert served.says(request_logs=said) == {"prices-function", "prices-alias"}
    function = served.inputs("prices-function")
    assert function["environment"]["variables"][_SHARE] == "1"
    assert function["tags"]["model-serving:payloads"] == "kept"
    # X-Ray, and the right to it.
    assert "prices-function" in served.says(request_logs=said, tracing=False)
    assert served.inputs("prices-function")["tracingConfig"]["mode"] == "PassThrough"
