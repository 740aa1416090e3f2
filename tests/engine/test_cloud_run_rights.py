"""Whoever serves on Cloud Run may read what it starts from, whatever an `up` changes around it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Fault, Row, Store
from tests.engine.cloud_run_project import IMAGE, NOT_READY, OBJECT, SERVICE, cloud_run_project
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"
_SECRET = "gcp:secretmanager/secret:Secret"
_BUCKET = "example-models"
_OTHER_BUCKET = "example-data"
_FIRST = "fraud/1.4.0/model.onnx"
_MOVED = "fraud/1.4.0-again/model.onnx"
_NEXT = "fraud/1.5.0/model.onnx"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"gs://{_BUCKET}/{_NEXT}",
    "canary_percent": 10,
}
_NO_CANDIDATE: dict[str, Any] = dict.fromkeys(_CANDIDATE)


@dataclass
class _Rights:
    """One component, and what its account and Cloud Run's agent may read, call by call."""

    project: ComponentProject
    store: Store
    _seen: int = field(default=0)
    _granted: set[str] = field(default_factory=set[str])

    def readable(self) -> set[str]:
        """Which of the places may be read now."""
        self.calls()
        return _places(self._granted)

    def calls(self) -> list[tuple[str, set[str]]]:
        """What was done since the last look, in order, and what could be read after each."""
        found: list[tuple[str, set[str]]] = []
        for event in self.store.events(after=self._seen):
            self._seen = event.sequence
            if event.token == _GRANT and event.outcome == "ok":
                if event.operation == "delete":
                    self._granted.discard(event.id)
                else:
                    self._granted.add(event.id)
                found.append((f"{event.operation} right", _places(self._granted)))
            elif event.token == SERVICE:
                found.append((f"{event.operation} service", _places(self._granted)))
        return found

    def kept(self, *paths: str) -> bool:
        """Whether these could be read all through what was done since the last look."""
        calls = self.calls()
        assert calls
        return all(set(paths) <= readable for _, readable in calls)


def _places(granted: set[str]) -> set[str]:
    """The ids of grants have their whole condition."""
    archives = {
        f"{bucket} archives"
        for bucket in (_BUCKET, _OTHER_BUCKET)
        for each in granted
        if f"buckets/{bucket}/objects/cloud-run/fraud-dev/" in each
    }
    models = {
        path
        for path in (_FIRST, _MOVED, _NEXT)
        for each in granted
        if f'buckets/{_BUCKET}/objects/{path}"' in each
    }
    return archives | models


@pytest.fixture
def rights(sandbox: Sandbox) -> Iterator[_Rights]:
    stable = {"model_version": "1.4.0", "model_uri": f"gs://{_BUCKET}/{_FIRST}"}
    project = cloud_run_project(sandbox, stable)
    with sandbox.store() as store:
        yield _Rights(project, store)


def test_a_model_that_moves_is_read_where_it_was_until_nobody_serves_from_there(
    rights: _Rights,
) -> None:
    project = rights.project
    project.up(image=IMAGE + "1" * 64)
    assert rights.readable() == {_FIRST}
    # Granted before the candidate's revision is made.
    project.up(**_CANDIDATE, candidate_image=IMAGE + "2" * 64)
    assert rights.calls()[1] == ("create right", {_FIRST, _NEXT})
    assert rights.calls() == []

    # Beside a candidate the stable revision is the one that was: it starts from the old place.
    moved = project.up(model_uri=f"gs://{_BUCKET}/{_MOVED}")
    assert "fraud-service" not in moved.steps
    assert rights.kept(_FIRST, _NEXT)
    assert project.up().steps == {}

    # Given up, the stable model is the one of the new place; the old one served until it was there.
    project.up(**_NO_CANDIDATE, candidate_image=None)
    calls = rights.calls()
    assert _FIRST in dict(calls)["update service"]
    assert rights.readable() == {_MOVED}

    # One that does not get ready is taken back: what serves may read its own all through that.
    rights.store.add_fault(Fault(SERVICE, "update", "never_ready", message=NOT_READY))
    project.up(fails=True, model_uri=f"gs://{_BUCKET}/{_FIRST}")
    assert rights.kept(_MOVED)
    project.up(model_uri=f"gs://{_BUCKET}/{_MOVED}")
    assert rights.kept(_MOVED)
    assert rights.readable() == {_MOVED}

    # Both versions are of one file, of two images: its right is one, and stays with the last.
    same: dict[str, Any] = {**_CANDIDATE, "candidate_uri": f"gs://{_BUCKET}/{_MOVED}"}
    project.up(**same, candidate_image=IMAGE + "2" * 64)
    project.up(**_NO_CANDIDATE, candidate_image=None, model_version="1.5.0", image=IMAGE + "2" * 64)
    assert rights.kept(_MOVED)
    assert project.up().steps == {}
    project.destroy()
    assert rights.store.list("gcp", _GRANT) == []


def test_a_bucket_that_moves_is_read_until_nobody_serves_from_there(
    rights: _Rights, tmp_path: Path
) -> None:
    project, here, there = rights.project, f"{_BUCKET} archives", f"{_OTHER_BUCKET} archives"
    code = tmp_path / "code.zip"
    code.write_bytes(b"handler")
    project.up(code_path=str(code), bucket=_BUCKET)
    assert rights.readable() == {_FIRST, here}

    # Rights of an earlier release had other names: they are those of today, and stay.
    _as_before(project)
    assert project.up().steps == {"fraud-stable": ["update"]}
    assert rights.calls() == []

    # The candidate's archive is in the other bucket, the stable one's stays with its right.
    project.up(**_CANDIDATE)
    rights.calls()
    project.up(bucket=_OTHER_BUCKET)
    assert rights.kept(_FIRST, _NEXT, here)
    assert rights.readable() == {_FIRST, _NEXT, here, there}
    buckets = {row.inputs["name"]: row.inputs["bucket"] for row in rights.store.list(token=OBJECT)}
    assert sorted((name.split("/")[-1][:5], bucket) for name, bucket in buckets.items()) == [
        ("1-4-0", _BUCKET),
        ("1-5-0", _OTHER_BUCKET),
    ]
    assert project.up().steps == {}

    project.up(**_NO_CANDIDATE, model_version="1.5.0", model_uri=_CANDIDATE["candidate_uri"])
    assert {_FIRST, _NEXT, here, there} == dict(rights.calls())["update service"]
    assert rights.readable() == {_NEXT, there}
    assert project.up().steps == {}
    project.destroy()
    assert rights.store.list("gcp", _GRANT) == []


def _as_before(project: ComponentProject) -> None:
    """The state as an earlier release left it."""
    state = project.folder / "state.json"
    project.sandbox.pulumi("stack", "export", "--file", str(state), cwd=project.folder)
    document = json.loads(state.read_text())
    for each in document["deployment"]["resources"]:
        if each["urn"].endswith("::fraud-stable"):
            for values in (each["inputs"]["input"], each["outputs"]["input"]):
                del values["model"], values["bucket"]
    text = json.dumps(document)
    for start, before in (
        ("fraud-model-", "fraud-1-4-0-model"),
        ("fraud-source-", "fraud-source-agent"),
    ):
        (now,) = {
            each["urn"].rpartition("::")[2]
            for each in document["deployment"]["resources"]
            if each["urn"].rpartition("::")[2].startswith(start)
        }
        text = text.replace(f"::{now}", f"::{before}")
    state.write_text(text)
    project.sandbox.pulumi("stack", "import", "--file", str(state), cwd=project.folder)


def test_what_the_stable_revision_starts_with_stays_beside_a_candidate(rights: _Rights) -> None:
    """Its secret and its account: without them it has no new instance, and serves most requests."""
    project = rights.project
    for name in ("features", "other"):
        place = f"projects/example-models/secrets/{name}"
        rights.store.put(Row("gcp", _SECRET, place, account="example-models", name=name))
    secret = "projects/example-models/secrets/features/versions/"
    named: dict[str, Any] = {"secret_environment_variables": {"A": f"{secret}1"}}
    project.up(image=IMAGE + "1" * 64, **named)
    # Another version of the secret is no other right.
    named = {"secret_environment_variables": {"A": f"{secret}2"}}
    project.up(**_CANDIDATE, candidate_image=IMAGE + "2" * 64, **named)
    begun = "projects/example-models/secrets/features would go while a candidate is there"
    assert begun in _text(project.preview(fails=True, secret_environment_variables=None))
    account = "somebody@example-models.iam.gserviceaccount.com"
    refused = _text(project.up(fails=True, **named, service_account=account))
    assert "a service account of its own" in refused
    assert project.up(**named, service_account=None).steps == {}

    # What comes with the candidate may go with it, and so may what the promoted one does without.
    other = {"B": "projects/example-models/secrets/other/versions/1"}
    both = named["secret_environment_variables"] | other
    assert "fraud-secret-other" in project.up(secret_environment_variables=both).names("create")
    alone = project.up(**_NO_CANDIDATE, candidate_image=None, secret_environment_variables=other)
    assert alone.names("delete") >= {"fraud-secret-features", "fraud-stable-model"}


def _text(change: Change) -> str:
    return " ".join(change.output.split())
