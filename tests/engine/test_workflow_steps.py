"""The workflows' own steps, one after the other as a runner does it, on the sandbox.

Pull requests, their comments, a merge: what runs is read from the workflows, so that a step that
is renamed, moved or forgotten there is so here.
"""

import json
import os
import pickle
import re
import shutil
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from tests.engine.conftest import ROOT, Sandbox
from tests.engine.test_program import Estate, estate
from tests.unit.github_server import TOKEN, Repository, serving_github
from tests.unit.test_touched import git

__all__ = ["estate"]

pytestmark = pytest.mark.engine

WORKFLOWS = ROOT / ".github" / "workflows"
RUN_URL = "https://github.example/acme/serving/actions/runs/1"
KEPT = {"fraud", "churn"}


@dataclass
class Job:
    """A job's steps that are ours, run in a clone; `outputs` are what they said."""

    sandbox: Sandbox
    root: Path
    outputs: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    said: str = ""
    """What the last step printed."""

    def run(self, workflow: str, job: str, expressions: Mapping[str, str]) -> list[str]:
        """Run the steps; the names of those that ran, and a last `failed` where one did."""
        read = yaml.safe_load((WORKFLOWS / workflow).read_text())["jobs"][job]
        done: list[str] = []
        for step in read["steps"]:
            if "run" not in step or not self._asked(step.get("if", "")):
                continue
            variables = {
                name: self._value(str(value), expressions)
                for name, value in (read.get("env", {}) | step.get("env", {})).items()
            }
            done.append(step["name"])
            if self._step(step, variables):
                return [*done, "failed"]
        return done

    def _step(self, step: dict[str, Any], variables: Mapping[str, str]) -> int:
        said = self.root / ".out" / "github-output"
        said.parent.mkdir(exist_ok=True)
        said.write_text("")
        asked = {**variables, "GITHUB_OUTPUT": str(said)}
        asked["GITHUB_STEP_SUMMARY"] = str(said.with_name("summary.md"))
        command = step["run"].split()
        done = self.sandbox.run(*command, cwd=self.root, check=False, **asked)
        self.said = done.stdout + done.stderr
        print(step["name"], done.returncode, self.said)
        lines = [line.partition("=") for line in said.read_text().splitlines()]
        self.outputs[step.get("id", "")] = {name: value for name, _, value in lines}
        return done.returncode

    def _asked(self, condition: str) -> bool:
        if not condition:
            return True
        found = re.fullmatch(r"steps\.(\w+)\.outputs\.(\w+) != '(.*)'", condition)
        assert found, condition
        return self.outputs[found[1]][found[2]] != found[3]

    def _value(self, text: str, expressions: Mapping[str, str]) -> str:
        found = re.fullmatch(r"\$\{\{ (.*) \}\}", text)
        if not found:
            return text
        if step := re.fullmatch(r"steps\.(\w+)\.outputs\.(\w+)", found[1]):
            return self.outputs[step[1]][step[2]]
        return expressions[found[1]]


@dataclass
class Hosted:
    """The project in a repository, with a stand-in for GitHub."""

    estate: Estate
    github: Repository
    job: Job
    prod: Path
    """The file of prod, which is not in the project at first: each environment is a run more."""

    def change(self, name: str) -> None:
        """Begin a pull request."""
        git(self.estate.root, "checkout", "-q", "-b", name, "main")

    def commit(self) -> str:
        git(self.estate.root, "add", "-A")
        git(self.estate.root, "commit", "-q", "--allow-empty", "-m", "x")
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=self.estate.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return found.stdout.strip()

    def preview(self) -> list[str]:
        """Both workflows of a pull request, number 7; its comment is `said`."""
        head = self.commit()
        self.github.pulls[7] = {
            "state": "open",
            "head": {"sha": head},
            "updated_at": "2026-01-02T03:04:05Z",
        }
        self.job.outputs.clear()
        steps = self.job.run(
            "preview.yml",
            "sandbox",
            {
                "github.event.pull_request.base.sha": "main",
                "github.event.pull_request.number": "7",
            },
        )
        # One artifact alone has no folder of its name (actions/download-artifact).
        reports = self.estate.root / ".out" / "previews"
        shutil.rmtree(reports, ignore_errors=True)
        shutil.copytree(self.estate.root / ".out" / "preview", reports)
        told = self.job.run(
            "comment.yml",
            "comment",
            {
                "github.token": TOKEN,
                "github.event.workflow_run.head_sha": head,
                "github.event.workflow_run.html_url": RUN_URL,
                "github.event.workflow_run.id": "1",
                "github.event.workflow_run.conclusion": (
                    "failure" if "failed" in steps else "success"
                ),
            },
        )
        assert told == ["Comment"]
        return steps

    @property
    def said(self) -> str:
        (comment,) = self.github.comments
        return comment["body"]


@pytest.fixture
def hosted(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Generator[Hosted]:
    root = estate.root
    (root / "sandbox").symlink_to(ROOT / "sandbox")
    shutil.copytree(ROOT / ".ci", root / ".ci")
    for path in (root / "stacks" / "models").iterdir():
        if path.stem not in KEPT:
            path.unlink()
    for name in ("dev", "prod"):
        of_models = yaml.safe_load((root / f"Pulumi.{name}.yaml").read_text())["config"]
        kept = {
            model: entry
            for model, entry in of_models["model-serving:models"].items()
            if model in KEPT
        }
        estate.write("models", kept, name)
        estate.write("platform", {}, name)
    prod = root.parent / "Pulumi.prod.yaml"
    (root / prod.name).rename(prod)
    (root / ".gitignore").write_text(".venv\n.cache\n.out\n__pycache__\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "t")
    git(root, "config", "user.email", "t@example.com")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "base")
    with serving_github() as github:
        monkeypatch.setenv("GITHUB_API_URL", github.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/serving")
        yield Hosted(estate, github, Job(estate.sandbox, root), prod)


@contextmanager
def locked(sandbox: Sandbox, stack: str) -> Generator[None]:
    """The stack as another update that lives holds it: by this process."""
    file = sandbox.home / "state/.pulumi/locks/organization/model-serving" / stack / "other.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    since = datetime.now(UTC).isoformat()
    held = {"username": "ada", "hostname": os.uname().nodename, "timestamp": since}
    file.write_text(json.dumps({"pid": os.getpid(), **held}))
    yield
    assert file.exists(), "what another update holds was taken away"
    file.unlink()


def test_pull_requests_and_a_merge(hosted: Hosted) -> None:
    """One stack for all, as each of its updates is half a minute."""
    estate = hosted.estate
    everything = ["What the change touches", "Deploy the base", "Preview"]

    # Only documentation: nothing is previewed, nothing is said.
    hosted.change("words")
    (estate.root / "docs").mkdir()
    (estate.root / "docs" / "x.md").write_text("x\n")
    assert hosted.preview() == everything[:1]
    assert hosted.github.comments == []
    assert not (estate.sandbox.home / "state").exists()

    # A canary, and a model more.
    hosted.change("canary")
    estate.write("models.fraud.canary_percent", 20)
    estate.model("growth").write_text(estate.model("churn").read_text())
    assert hosted.preview() == everything
    shown = hosted.said.partition("<details>")[0]
    assert "fraud" in shown
    assert "20\u00a0%" in shown
    assert "growth" in shown
    assert "churn" not in shown

    # Another update holds the stack: what is told is that, and no report of nothing.
    with locked(estate.sandbox, "dev"):
        assert hosted.preview() == [*everything[:2], "failed"]
    assert "The preview failed" in hosted.said
    assert "dev is locked by process" in hosted.said

    # One that a guardrail stops: the run fails, and the comment says what to do.
    hosted.change("guardrail")
    broken = yaml.safe_load(estate.model("fraud").read_text())
    del broken["owner"]
    estate.model("fraud").write_text(yaml.safe_dump(broken))
    assert hosted.preview() == [*everything, "failed"]
    assert "🔴" in hosted.said

    # It touches documentation alone after all.
    git(estate.root, "checkout", "-q", "words")
    (estate.root / "docs" / "y.md").write_text("y\n")
    assert hosted.preview() == everything[:1]
    assert "touches nothing that is deployed" in hosted.said

    _merged(hosted)


def _merged(hosted: Hosted) -> None:
    """The canary is merged, and there is a prod to deploy to."""
    estate = hosted.estate
    git(estate.root, "checkout", "-q", "main")
    git(estate.root, "merge", "-q", "canary")
    hosted.prod.rename(estate.root / hosted.prod.name)
    hosted.commit()
    where = {"vars.DEPLOY_TO || 'sandbox'": "sandbox", "vars.PULUMI_BACKEND_URL": ""}
    assert hosted.job.run("deploy.yml", "dev", where)[-1] == "What is live"
    assert estate.endpoints() == {"fraud", "churn", "growth"}
    assert hosted.job.run("deploy.yml", "plan", where) == ["Plan prod"]
    assert int(hosted.job.outputs["plan"]["changes"]) > 0
    prod = ("deploy.yml", "prod", where)

    # An approval that came too late, and another update that holds the stack.
    origin = estate.root / ".out" / "plan" / "prod.json.origin.json"
    fresh = json.loads(origin.read_text())
    origin.write_text(json.dumps(fresh | {"made": "2026-01-01T00:00:00+00:00"}))
    assert hosted.job.run(*prod) == ["Deploy prod", "failed"]
    assert "more than 24 hours ago" in hosted.job.said
    origin.write_text(json.dumps(fresh))
    with locked(estate.sandbox, "prod"):
        assert hosted.job.run(*prod) == ["Deploy prod", "failed"]
    assert "prod is locked by" in hosted.job.said
    assert estate.sandbox.outputs(estate.root, stack="prod") == {}

    assert hosted.job.run(*prod)[-1] == "What is live"


def test_drift_is_an_issue_that_closes_itself(hosted: Hosted) -> None:
    estate = hosted.estate
    estate.serving("up", "--yes", "--", "--skip-preview")
    expressions = {
        "github.token": TOKEN,
        "matrix.environment": "dev",
        "vars.DEPLOY_TO": "sandbox",
        "vars.PULUMI_BACKEND_URL": "",
    }
    cloud = (ROOT / "sandbox" / "cloud", "set", "fraud-dev", "tags.owner=someone")
    estate.sandbox.run(*cloud, cwd=estate.root)
    assert hosted.job.run("drift.yml", "look", expressions) == ["Look", "Tell"]
    (issue,) = hosted.github.issues
    assert issue["state"] == "open"
    assert "tags.owner" in issue["body"]

    estate.serving("up", "--yes", "--", "--skip-preview", "--refresh")
    assert hosted.job.run("drift.yml", "look", expressions) == ["Look", "Tell"]
    assert issue["state"] == "closed"


class _Prometheus(BaseHTTPRequestHandler):
    """Answers every question by half of its budget."""

    def do_GET(self) -> None:
        result: list[dict[str, Any]] = [{"metric": {}, "value": [0, "0.5"]}]
        told: dict[str, Any] = {
            "status": "success",
            "data": {"resultType": "vector", "result": result},
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - as inherited


@pytest.fixture
def prometheus() -> Generator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Prometheus) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_new_version_from_training_to_all_of_prod(hosted: Hosted, prometheus: str) -> None:
    """Published, proposed, served in dev, then by share in prod: each step is a pull request."""
    estate, job, pulls = hosted.estate, hosted.job, hosted.github.pulls
    estate.model("fraud").unlink()
    hosted.prod.rename(estate.root / hosted.prod.name)
    for name in ("dev", "prod"):
        estate.write("models", {"churn": {"max_replicas": 2}}, name)
    hosted.commit()
    in_prod = ("up", "--yes", "--env", "prod", "--", "--skip-preview")
    estate.serving(*in_prod)

    trained = estate.root / ".out" / "model" / "model.joblib"
    trained.parent.mkdir(parents=True)
    trained.write_bytes(pickle.dumps({"coefficients": [0.1] * 20}))
    new = "s3://example-models/churn/2.2.0/"
    of_version = {"inputs.framework": "sklearn", "inputs.to": new}
    on_sandbox = {"vars.DEPLOY_TO || 'sandbox'": "sandbox", "vars.PULUMI_BACKEND_URL": ""}
    assert job.run("release.yml", "publish", of_version | on_sandbox) == [
        "Look into it",
        "Publish",
    ]
    assert job.outputs["publish"] == {"uri": new, "digest": ""}

    token = {"steps.app.outputs.token || github.token": TOKEN}
    asked = {"model": "churn", "environment": "dev", "uri": new, "version": "2.2.0"}
    inputs = {f"inputs.{key}": each for key, each in asked.items()}
    inputs |= {f"inputs.{key}": "" for key in ("digest", "image", "percent", "source")}
    assert job.run("propose.yml", "propose", inputs | token) == ["Propose"]
    assert pulls[1]["title"] == "churn 2.2.0 in dev"

    def merge(number: int) -> None:
        """The lines are in the files already: the job has written them before it proposed them."""
        pulls[number]["state"] = "closed"
        hosted.commit()

    step = token | {
        "vars.DEPLOY_TO": "sandbox",
        "vars.PULUMI_BACKEND_URL": "",
        "secrets.METRICS_TOKEN": "",
        "vars.METRICS_URL": prometheus,
        "matrix.model": "churn",
        "vars.ADVANCE_STEPS || '5,25,50'": "5",
    }
    # Not before it is deployed.
    merge(1)
    assert job.run("advance.yml", "advance", step) == ["Advance", "failed"]
    assert job.run("deploy.yml", "dev", on_sandbox)[-1] == "What is live"
    assert job.run("advance.yml", "advance", step) == ["Advance"]
    assert pulls[2]["title"] == "churn 2.2.0 in prod, 5 % of the requests"
    merge(2)
    assert job.run("advance.yml", "advance", step) == ["Advance"]
    assert max(pulls) == 2, "it is not deployed"
    estate.serving(*in_prod)
    assert job.run("advance.yml", "advance", step) == ["Advance"]
    assert pulls[3]["title"] == "churn 2.2.0 in prod, all of the requests"
    merge(3)
    estate.serving(*in_prod)
    served = estate.sandbox.outputs(estate.root, stack="prod")["served"]["churn"]
    assert [each["version"] for each in served["stable"]] == ["2.2.0", "2.1.0"]
    assert (served["candidates"][0]["percent"], served["schema_version"]) == (5, 1)
    assert job.run("advance.yml", "advance", step) == ["Advance"]
    assert max(pulls) == 3, "there is nothing left to do"
