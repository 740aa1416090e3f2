"""A graph in the program, with the models that it calls: order, one model alone, status."""

import json
import shutil
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT, Sandbox
from tests.engine.test_program import GO, LINKED, Estate
from tests.unit.settings_project import KSERVE, dump

pytestmark = pytest.mark.engine

GRAPH = """
target: kserve_graph
owner: team-growth
nodes:
  root:
    router: splitter
    steps:
      - {model: churn, weight: 90}
      - {model: churn-next, weight: 10}
"""


@pytest.fixture
def estate(sandbox: Sandbox, tmp_path: Path) -> Estate:
    root = tmp_path / "project"
    ignored = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=ignored)
    (root / "stacks" / "models").mkdir()
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "pyproject.toml", ROOT / "uv.lock"):
        (root / path.name).write_bytes(path.read_bytes())
    cluster = {"model-serving:targets": {"kubernetes": {"context": "serving-dev"}}}
    (root / "Pulumi.dev.yaml").write_text(dump({"config": cluster}))
    made = Estate(sandbox, root)
    for name in ("churn", "churn-next"):
        made.model(name).write_text(dump(KSERVE))
    # Named before what it calls.
    made.model("a-risk").write_text(GRAPH)
    return made


def _order(log: str, *words: str) -> list[int]:
    return [next(i for i, line in enumerate(log.splitlines()) if word in line) for word in words]


def test_a_graph_and_its_models(estate: Estate) -> None:
    first = estate.serving("up", *GO).stdout
    created = _order(
        first,
        "churn-inference-service created",
        "churn-next-inference-service created",
        "a-risk-inference-graph creating",
    )
    assert created[2] == max(created)
    assert estate.endpoints() == {"a-risk", "churn", "churn-next"}
    (graph,) = (r for r in estate.resources() if r["urn"].endswith("a-risk-inference-graph"))
    steps = graph["inputs"]["spec"]["nodes"]["root"]["steps"]
    assert [step["serviceName"] for step in steps] == ["churn", "churn-next"]
    status = json.loads(estate.serving("status", "--json").stdout)["models"]
    assert status[0]["target"] == "kserve_graph"
    assert "version" not in status[0]
    again = estate.serving("up", *GO, "--expect-no-changes", check=False)
    assert again.returncode == 0, again.stdout + again.stderr

    # One model alone: the graph that calls it stays, and so does the other model.
    changed = {**KSERVE, "max_replicas": 7}
    estate.model("churn").write_text(dump(changed))
    before = estate.facts()
    estate.serving("up", "--only", "churn", *GO)
    after = estate.facts()
    assert before.keys() == after.keys()
    touched = {urn.rpartition("::")[2] for urn in before if before[urn] != after[urn]}
    assert touched == {"churn", "churn-inference-service"}
    estate.serving("up", "--only", "a-risk", *GO)
    assert estate.facts() == after
    # That update knew nothing of the models; a whole one says again that the graph needs them.
    estate.serving("up", *GO)
    # What would be deleted, because nothing registers it, is refused.
    estate.model("a-risk").write_text("[")
    refused = estate.serving("up", "--only", "churn", *GO, check=False)
    assert refused.returncode != 0
    assert "a-risk calls 'churn' in what is deployed" in refused.stdout + refused.stderr
    assert estate.facts() == after
    destroyed = estate.sandbox.destroy(estate.root).stdout
    gone = _order(
        destroyed,
        "a-risk-inference-graph deleted",
        "churn-inference-service deleting",
        "churn-next-inference-service deleting",
    )
    assert gone[0] == min(gone)
