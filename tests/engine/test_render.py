"""`serving render` through the real engine: the objects of an update, and nothing but files."""

import json
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.targets import TARGETS
from tests.engine.conftest import ROOT, Sandbox
from tests.engine.whole_project import copy_of_project
from tests.unit import settings_project
from tests.unit.settings_project import CANDIDATE, KSERVE, MODEL_SERVER, changed

pytestmark = pytest.mark.engine

# The least settings of every target that there is, of those on Kubernetes.
ON_KUBERNETES: dict[str, dict[str, Any]] = {
    f"least-{value['target']}".replace("_", "-"): value
    for value in vars(settings_project).values()
    if isinstance(value, dict)
    and "kubernetes" in getattr(TARGETS.get(str(value.get("target"))), "packages", ())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
}
CANARY = "canary-8c1e"
QUIET = ("--yes", "--skip-preview", "--non-interactive")
# Hand-written objects beside the components', by the SDK's own classes.
BY_HAND = f"""
import pulumi, pulumi_kubernetes as k8s
mine = pulumi.ResourceOptions(provider=k8s.Provider("mine", context="serving-dev"))
k8s.core.v1.Secret(
    "token",
    metadata={{"name": "token", "namespace": "default"}},
    string_data={{"token": pulumi.Output.secret("{CANARY}"), "plain": "{CANARY}"}},
    opts=mine,
)
k8s.core.v1.ConfigMap(
    "by-hand",
    metadata={{"name": "by-hand", "namespace": "default"}},
    data={{"y": "1e3"}},
    opts=mine,
)
"""
IN_CLEAR = f"""
k8s.core.v1.ConfigMap(
    "clear",
    metadata={{"name": "clear", "namespace": "default"}},
    data={{"a": pulumi.Output.secret("{CANARY}")}},
    opts=mine,
)
"""
# As a component would, so that GitOps may apply it.
PRIVILEGED = """
import pulumi, pulumi_kubernetes as k8s
from components.kubernetes.objects import KubernetesObject, manifest
container = {"name": "a", "image": "a", "securityContext": {"privileged": True}}
KubernetesObject(
    "open",
    manifest("v1", "Pod", "open", "default", {}, spec={"containers": [container]}),
    pulumi.ResourceOptions(provider=k8s.Provider("mine", context="serving-prod")),
)
"""
Objects = dict[tuple[str, ...], dict[str, Any]]


@dataclass
class Site:
    """The project in a folder of the test's own, on a sandbox of the test's own."""

    sandbox: Sandbox
    root: Path
    environment: str = "dev"

    @property
    def folder(self) -> Path:
        return self.root / "rendered" / self.environment

    def serving(
        self, *arguments: str, code: int | None = 0, **more: str
    ) -> subprocess.CompletedProcess[str]:
        command, *rest = arguments
        asked = (command, "--env", self.environment, *rest)
        answer = self.sandbox.serving(*asked, cwd=self.root, check=False, **more)
        said = answer.stdout + answer.stderr
        assert code in {None, answer.returncode}, said
        assert "Traceback" not in said
        assert CANARY not in said
        return answer

    def up(self, *arguments: str, code: int | None = 0, **more: str) -> str:
        answer = self.serving("up", "--", *QUIET, *arguments, code=code, **more)
        return answer.stdout + answer.stderr

    def render(self, *more: str, code: int = 0) -> str:
        """Run the command and prove that it changed no cloud and no state."""
        before = self.world()
        answer = self.serving("render", *more, code=code)
        assert self.world() == before
        return answer.stdout + answer.stderr

    def world(self) -> tuple[list[Any], dict[str, bytes]]:
        """Everything in the clouds, and the states of the stacks."""
        store = f"file:{self.sandbox.home / 'store.sqlite'}?mode=ro"
        with closing(sqlite3.connect(store, uri=True)) as opened:
            rows = opened.execute("SELECT * FROM resources").fetchall()
        states = (self.sandbox.home / "state" / ".pulumi" / "stacks").rglob("*.json")
        return rows, {str(path): path.read_bytes() for path in states}

    def cluster(self) -> Objects:
        """What is in the cluster, as it was sent."""
        listing = (ROOT / "sandbox" / "cloud", "ls", "--json", "--provider", "kubernetes")
        rows = json.loads(self.sandbox.run(*listing, cwd=self.root).stdout)
        return {identity(r["inputs"]): r["inputs"] for r in rows if r["inputs"].get("apiVersion")}

    def rendered(self) -> Objects:
        """The objects that kustomizations reach from the one on top."""
        return {identity(m): m for m in reached(self.folder)}

    def files(self) -> dict[str, bytes]:
        return {
            p.relative_to(self.folder).as_posix(): p.read_bytes()
            for p in sorted(self.folder.rglob("*"))
            if p.is_file()
        }

    def write(self, keys: str, value: object) -> None:
        """Write a value of `model-serving:` into the environment's file."""
        file = self.root / f"Pulumi.{self.environment}.yaml"
        content = yaml.safe_load(file.read_text())
        first, *rest = keys.split(".")
        path = ["config", f"model-serving:{first}", *rest]
        inner = content
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = value
        file.write_text(yaml.safe_dump(content, sort_keys=False))

    def model(self, name: str, settings: dict[str, Any]) -> Path:
        file = self.root / "stacks" / "models" / f"{name}.yaml"
        file.write_text(yaml.safe_dump(settings))
        return file


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    root = copy_of_project(tmp_path / "project")
    for environment in ("dev", "prod"):
        sandbox.pulumi("stack", "select", "--create", environment, cwd=root)
    made = Site(sandbox, root)
    made.cluster()  # The sandbox makes its clouds when they are first looked at.
    return made


def every_target(site: Site) -> None:
    """A model on each target that is on Kubernetes, with the least settings."""
    site.write("defaults", {})
    for name, settings in ON_KUBERNETES.items():
        # Seldon's servers are in a namespace that others make; a trained model names its server.
        elsewhere = {"runtime_namespace": "default"} if settings["target"] == "seldon" else {}
        server = {"server": "least-kserve-shared-server"} if "server" in settings else {}
        site.model(name, settings | elsewhere | server)


def on_kubernetes_alone(site: Site) -> None:
    """Without what is in AWS, but for the models' identities; what is in it takes its time."""
    for name in ("fraud", "iris-classifier"):
        (site.root / "stacks" / "models" / f"{name}.yaml").unlink()
    site.write("models", {})
    site.write("platform", {})


def identity(manifest: dict[str, Any]) -> tuple[str, ...]:
    metadata = manifest["metadata"]
    return (
        manifest["apiVersion"],
        manifest["kind"],
        metadata.get("namespace", ""),
        metadata["name"],
    )


def reached(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]:
        path = folder / name
        found += reached(path) if path.is_dir() else [yaml.safe_load(path.read_text())]
    return found


def compared(manifest: dict[str, Any]) -> dict[str, Any]:
    """Without what only Pulumi, or only a GitOps controller, reads."""
    made: dict[str, Any] = json.loads(json.dumps(manifest))
    kept = {
        key: value
        for key, value in made["metadata"].pop("annotations", {}).items()
        if not key.startswith(
            ("pulumi.com/", "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/")
        )
    }
    return made | {"metadata": made["metadata"] | ({"annotations": kept} if kept else {})}


def leave_to_autoscalers(applied: Objects) -> set[str]:
    """What an autoscaler scales has no replicas in its file: take them away; names are returned."""
    targets = [v["spec"]["scaleTargetRef"] for k, v in applied.items() if "Autoscaler" in k[1]]
    for target in targets:
        scaled = applied[target["apiVersion"], target["kind"], "models", target["name"]]
        assert scaled["spec"].pop("replicas") >= 1
    return {target["name"] for target in targets}


def same(found: Objects, expected: Objects) -> None:
    assert {k: compared(v) for k, v in found.items()} == {
        k: compared(v) for k, v in expected.items()
    }


def test_it_writes_what_an_update_applies(site: Site) -> None:
    program = site.root / "stacks" / "__main__.py"
    program.write_text(program.read_text() + BY_HAND)
    every_target(site)
    # With room for what the defaults no longer bound.
    site.write("platform.gpu_node_pools.inference-l4.max_nodes", 4)
    site.model("ranker", changed(MODEL_SERVER, max_replicas=3))
    site.write("targets.kubernetes.identity", "eks_irsa")

    # A role's ARN is in a manifest, and there is no role yet.
    said = site.render(code=1)
    assert "eks.amazonaws.com/role-arn'] is not known yet" in said
    assert "waits for: aws:iam/role:Role ranker-identity-role" in said
    assert "fix: run `serving up --env dev`" in said
    assert not site.folder.exists()

    at_first = site.cluster()
    site.up("--skip-preview")
    site.render()
    applied = {k: v for k, v in site.cluster().items() if k not in at_first}
    secret = applied.pop(("v1", "Secret", "default", "token"))
    assert CANARY in str(secret)
    assert "ranker" in leave_to_autoscalers(applied)
    same(site.rendered(), applied)
    written = site.files()
    assert len(ON_KUBERNETES) == len([t for t in TARGETS.values() if "kubernetes" in t.packages])
    assert {n.split("/")[1] for n in written if n.startswith("models/")} == {
        *("chat-assistant", "churn", "ranker"),
        *ON_KUBERNETES,
    }
    assert not [n for n, content in written.items() if CANARY.encode() in content]
    assert not [n for n, content in written.items() if b"pulumi.com/" in content]
    # The SDK's class makes a secret of the whole map, keys included.
    assert b"| default | token | all of stringData |" in written["namespaces/default/SECRETS.md"]

    # A second time changes nothing, and is what a pipeline asks.
    assert "up to date" in site.render()
    assert "up to date" in site.render("--check")
    assert site.files() == written
    stale_and_one_alone(site, written)
    a_model_gone_and_a_secret_in_clear(site)


def stale_and_one_alone(site: Site, written: dict[str, bytes]) -> None:
    """Told and not written; then of one model alone."""
    site.write("models.churn.max_replicas", 3)
    site.write("models.ranker.max_replicas", 4)
    said = site.render("--check", code=7)
    assert "~ models/churn/inferenceservice-churn.yaml" in said
    assert "~ models/ranker/horizontalpodautoscaler-ranker.yaml" in said
    assert site.files() == written
    site.render("--only", "churn")
    now = site.files()
    assert {n for n in now if now[n] != written.get(n)} == {
        "models/churn/inferenceservice-churn.yaml",
        # What tells that it has all of its replicas, and shows how many there may be.
        "models/churn/prometheusrule-churn.yaml",
        "models/churn/configmap-churn-dashboard.yaml",
    }


def a_model_gone_and_a_secret_in_clear(site: Site) -> None:
    """The first takes along only what was written; the second stops everything."""
    (site.root / "stacks" / "models" / "churn.yaml").unlink()
    site.write("models", {})
    (site.folder / "models" / "churn" / "notes.md").write_text("ours")
    site.render()
    assert [n for n in site.files() if n.startswith("models/churn/")] == ["models/churn/notes.md"]
    assert "churn" not in (site.folder / "kustomization.yaml").read_text()

    # A secret that would be readable: nothing of it, and nothing else, is written.
    written = site.files()
    program = site.root / "stacks" / "__main__.py"
    program.write_text(program.read_text() + IN_CLEAR)
    said = site.render(code=1)
    assert "ConfigMap default/clear: data.a is a secret" in said
    assert site.files() == written


def test_prod_is_the_same_before_and_after_an_update(site: Site) -> None:
    site.environment = "prod"
    site.render()
    before = site.rendered()
    at_first = site.cluster()
    site.up("--skip-preview")
    assert "up to date" in site.render("--check")
    applied = {k: v for k, v in site.cluster().items() if k not in at_first}
    assert "ranker" in leave_to_autoscalers(applied)
    same(before, applied)
    site.write("layer", "nonsense")
    assert "MS0105" in site.render(code=2)
    # Another environment's folder is left alone.
    site.environment = "dev"
    said = site.render("--out", str(site.root / "rendered" / "prod"), code=2)
    assert "holds what was rendered of 'prod', not 'dev'" in said


def test_guardrails_are_asked_whoever_applies(site: Site) -> None:
    site.environment = "prod"
    on_kubernetes_alone(site)
    program = site.root / "stacks" / "__main__.py"
    program.write_text(program.read_text() + PRIVILEGED)
    for applied_by in ("pulumi", "gitops"):
        site.write("targets.kubernetes.applied_by", applied_by)
        said = site.render(code=5)
        assert "Pod open" in said
        assert "privileged" in said
        assert not site.folder.exists()
    site.render("--no-policies")
    assert ("v1", "Pod", "default", "open") in site.rendered()


def test_gitops_takes_over_without_a_touch_of_the_cluster(site: Site) -> None:
    on_kubernetes_alone(site)
    site.model("ranker", MODEL_SERVER)
    applied_by = "targets.kubernetes.applied_by"
    # Protection does not stand in its way.
    site.write("protect", value=True)
    at_first = site.cluster()
    site.up()
    cluster = site.cluster()
    site.render()
    written = site.files()

    # Not at once: Pulumi would delete what it no longer applies.
    site.write(applied_by, "gitops")
    said = site.up(code=1)
    assert "Pulumi applies chat-assistant, churn, ranker and would delete them" in said
    assert "first set it to handover" in said
    assert site.render("--check", code=1).count("handover")
    assert site.cluster() == cluster

    # Of one model alone, the others are not handed over.
    site.write(applied_by, "handover")
    site.serving("up", "--only", "churn", "--", *QUIET)
    site.write(applied_by, "gitops")
    assert "first set it to handover" in site.up(code=1)

    site.write(applied_by, "handover")
    assert "up to date" in site.render("--check")
    site.up()
    site.write(applied_by, "gitops")
    site.up()
    assert site.cluster() == cluster
    # What is rendered is the same, whoever applies it.
    assert "up to date" in site.render("--check")
    assert site.files() == written
    kinds = [r for r in site.sandbox.resources(site.root) if r["type"].startswith("kubernetes:")]
    assert kinds
    assert not [r["urn"] for r in kinds if r.get("custom")]
    site.up("--expect-no-changes")

    # A change and a new model are recorded, the rest is deployed; the cluster is the controller's.
    site.write("models.churn.max_replicas", 3)
    site.model(
        "prices", KSERVE | {"model": {**KSERVE["model"], "uri": "s3://models/prices/2.1.0/"}}
    )
    said = site.up()
    assert "maxReplicas" in said or "[diff: ~spec]" in said
    assert site.cluster() == cluster
    site.render()
    assert {n.split("/")[1] for n in site.files() if n.startswith("models/")} >= {"prices"}

    # The guards of the held share stand: what counts as live is what the last update recorded.
    new = changed(KSERVE, candidate=CANDIDATE, canary_percent=10)
    site.model("fresh", new)
    assert "no stable model is live yet" in site.render(code=1)
    site.model("fresh", KSERVE)
    site.up()
    site.model("fresh", new)
    site.render()
    (fresh,) = (
        v for k, v in site.rendered().items() if k[1:] == ("InferenceService", "models", "fresh")
    )
    assert fresh["spec"]["predictor"]["canaryTrafficPercent"] == 10

    site.model("fresh", KSERVE)
    and_back(site, at_first, cluster)


def and_back(site: Site, at_first: Objects, cluster: Objects) -> None:
    """Pulumi takes over what is there, where it is told that this is meant."""
    site.write("targets.kubernetes.applied_by", "pulumi")
    assert "exists already" in site.up(code=1)
    site.up(PULUMI_K8S_UPSERT_EXISTING_OBJECTS="true")
    site.render()
    applied = {k: v for k, v in site.cluster().items() if k not in at_first}
    leave_to_autoscalers(applied)
    same(site.rendered(), applied)
    assert cluster.keys() <= site.cluster().keys()


def test_a_stack_can_begin_with_gitops_and_go_back(site: Site) -> None:
    at_first = site.cluster()
    on_kubernetes_alone(site)
    every_target(site)
    site.write("targets.kubernetes.applied_by", "gitops")
    site.up()
    assert site.cluster() == at_first
    site.render()
    # No controller has come yet.
    site.write("targets.kubernetes.applied_by", "pulumi")
    site.up()
    applied = {k: v for k, v in site.cluster().items() if k not in at_first}
    leave_to_autoscalers(applied)
    same(site.rendered(), applied)
    site.up("--expect-no-changes")
