"""Files that name other files, in the program: order, one model alone, status."""

import json
import shutil
from pathlib import Path

import pytest

from tests.engine.conftest import ROOT, Sandbox
from tests.engine.test_program import GO, LINKED, Estate
from tests.unit.settings_project import KSERVE, SELDON, SERVER, TRAINED, dump

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
    monitoring = {
        "runbook_url": "https://wiki.corp/runbooks/{alert}",
        "grafana_url": "https://grafana.corp",
    }
    kubernetes = {"context": "serving-dev", "monitoring": monitoring}
    cluster = {"model-serving:targets": {"kubernetes": kubernetes}}
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
    # What watches it knows its most replicas.
    assert touched == {"churn", "churn-inference-service", "churn-rules", "churn-dashboard"}
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


def test_a_shared_server_and_its_models(estate: Estate) -> None:
    for name in ("a-risk", "churn", "churn-next"):
        estate.model(name).unlink()
    # Named before the server that they need, one file per owner.
    for name in ("a-churn", "b-fraud"):
        estate.model(name).write_text(dump(TRAINED))
    estate.model("shared").write_text(dump(SERVER))
    # The cluster has the namespace of a SeldonRuntime; in the sandbox `default` is there.
    estate.model("ranker").write_text(dump({**SELDON, "runtime_namespace": "default"}))
    first = estate.serving("up", *GO).stdout
    created = _order(
        first,
        "shared-inference-service created",
        "a-churn-trained-model creating",
        "b-fraud-trained-model creating",
    )
    assert created[0] == min(created)
    rows = {m["name"]: m for m in json.loads(estate.serving("status", "--json").stdout)["models"]}
    assert rows["a-churn"]["server"] == "shared"
    assert rows["ranker"]["target"] == "seldon"
    # Seldon's own namespace is not made, and not closed.
    made = {r["id"] for r in estate.resources() if r["type"] == "kubernetes:core/v1:Namespace"}
    assert made == {"models"}
    again = estate.serving("up", *GO, "--expect-no-changes", check=False)
    assert again.returncode == 0, again.stdout + again.stderr

    # Whoever owns one model changes one file, and touches one object, and what says its version.
    newer = {"uri": "s3://models/churn/2.2.0/", "version": "2.2.0", "framework": "onnx"}
    estate.model("a-churn").write_text(dump({**TRAINED, "model": newer}))
    before = estate.facts()
    estate.serving("up", "--only", "a-churn", *GO)
    after = estate.facts()
    touched = {urn.rpartition("::")[2] for urn in before if before[urn] != after.get(urn)}
    own = {"a-churn", "a-churn-trained-model", "a-churn-pod-monitor"}
    assert (before.keys(), touched) == (after.keys(), own)
    # The server alone: its models are there as before.
    estate.model("shared").write_text(dump({**SERVER, "resources": {"memory_mib": 8192}}))
    estate.serving("up", *GO)
    estate.model("shared").write_text(dump({**SERVER, "max_replicas": 2}))
    before = estate.facts()
    estate.serving("up", "--only", "shared", *GO)
    after = estate.facts()
    touched = {urn.rpartition("::")[2] for urn in before if before[urn] != after.get(urn)}
    own = {"shared", "shared-inference-service", "shared-rules", "shared-dashboard"}
    assert (before.keys(), touched) == (after.keys(), own)
    # Too much for the server is said before anything is touched.
    estate.model("b-fraud").write_text(dump({**TRAINED, "memory_mib": 4096}))
    refused = estate.serving("up", *GO, check=False)
    assert refused.returncode != 0
    assert "MS0337" in refused.stdout + refused.stderr
    estate.model("b-fraud").write_text(dump(TRAINED))

    destroyed = estate.sandbox.destroy(estate.root).stdout
    gone = _order(
        destroyed,
        "a-churn-trained-model deleted",
        "b-fraud-trained-model deleted",
        "shared-inference-service deleting",
    )
    assert gone[2] == max(gone)
