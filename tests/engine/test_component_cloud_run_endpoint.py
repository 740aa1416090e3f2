"""CloudRunEndpoint through the real engine: what each step changes, and what the API was asked."""

import hashlib
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

_NAME = "projects/example-models/locations/europe-west4/services/fraud-dev"
_ARTIFACTS = "gs://example-models/fraud"
_STABLE: dict[str, Any] = {
    "model_version": "1.4.0",
    "model_uri": f"{_ARTIFACTS}/1.4.0/model.onnx",
    "image": IMAGE + "1" * 64,
}
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{_ARTIFACTS}/1.5.0/model.onnx",
    "candidate_image": IMAGE + "2" * 64,
}
_PROMOTED: dict[str, Any] = {
    "model_version": "1.5.0",
    "model_uri": _CANDIDATE["candidate_uri"],
    "image": _CANDIDATE["candidate_image"],
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "candidate_image": None,
    "canary_percent": None,
}
_NEXT: dict[str, Any] = {
    "candidate_version": "1.6.0",
    "candidate_uri": f"{_ARTIFACTS}/1.6.0/model.onnx",
}


@dataclass
class _Service:
    """One component, its live service, and what the API was asked since the last look."""

    sandbox: Sandbox
    project: ComponentProject
    store: Store
    _seen: int = field(default=0)
    _made: int = field(default=0)

    def calls(self) -> list[str]:
        """What was asked of the service, in order, and that it became ready."""
        events = self.store.events(token=SERVICE, after=self._seen)
        self._seen = max((event.sequence for event in events), default=self._seen)
        return [e.operation for e in events if e.outcome == "ok" and e.operation != "ready"]

    def new_revisions(self) -> list[str]:
        """Versions of the revisions that were made since the last look."""
        found = self.row().live["revisions"]
        made, self._made = found[self._made :], len(found)
        return [_version(name) for name in made]

    def traffic(self) -> dict[str, int]:
        """Percent by version, as it is live."""
        statuses = self.row().outputs["trafficStatuses"]
        return {_version(each["revision"]): each["percent"] for each in statuses}

    def template(self, version: str) -> dict[str, Any]:
        """What the latest revision of a version was made of."""
        found = {
            _version(name): template for name, template in self.row().live["templates"].items()
        }
        return found[version]

    def set_traffic(self, **percent: int) -> None:
        """Somebody else moves it, by `gcloud run services update-traffic` or in the console."""

        def change(row: Row) -> Row:
            def moved(targets: list[dict[str, Any]]) -> list[dict[str, Any]]:
                return [{**t, "percent": percent[t["tag"]]} for t in targets]

            return row.replace(
                inputs={**row.inputs, "traffics": moved(row.inputs["traffics"])},
                outputs={
                    **row.outputs,
                    "trafficStatuses": moved(row.outputs["trafficStatuses"]),
                },
            )

        self.store.update("gcp", SERVICE, _NAME, change)

    def row(self) -> Row:
        row = self.store.get("gcp", SERVICE, _NAME)
        assert row is not None
        return row


def _version(revision: str) -> str:
    """`fraud-dev-1-4-0-f7642f28` is one of 1.4.0."""
    return ".".join(revision.split("-")[2:-1])


def _right(version: str) -> str:
    """The right to a model's file, named by its place."""
    place = f"{_ARTIFACTS.removeprefix('gs://')}/{version}/model.onnx"
    return f"fraud-model-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


def _changed(change: Change) -> set[str]:
    """Properties of the service, as the engine tells them."""
    return {path.partition("[")[0].partition(".")[0] for path in _paths(change)}


def _paths(change: Change) -> set[str]:
    return change.properties.get("fraud-service", set())


@pytest.fixture
def service(sandbox: Sandbox) -> Iterator[_Service]:
    project = cloud_run_project(sandbox, _STABLE)
    with sandbox.store() as store:
        yield _Service(sandbox, project, store)


def test_a_share_is_held_and_moved_by_one_call(service: _Service) -> None:
    """0, 10, 50, 100 and back; the candidate added, promoted, given up; an old version again."""
    project = service.project
    # Nothing stable is live: a candidate is refused, in a preview too, and nothing is made.
    refused = project.preview(fails=True, **_CANDIDATE, canary_percent=10)
    assert "no stable model is live yet" in refused.output
    assert "no stable model is live yet" in project.up(fails=True).output
    assert service.calls() == []

    assert "fraud-service" in project.preview(**_NO_CANDIDATE).steps
    project.up()
    assert service.calls() == ["create"]
    assert service.new_revisions() == ["1.4.0"]
    assert service.traffic() == {"1.4.0": 100}
    assert project.outputs()["endpoint_name"] == "fraud-dev"
    assert project.outputs()["candidate_url"] == ""
    assert project.up().steps == {}

    added = project.up(**_CANDIDATE, canary_percent=0)
    assert added.names("create") == {_right("1.5.0"), "fraud-stable-model"}
    assert added.names("update") == {"fraud-service"}
    assert service.calls() == ["update"]
    assert service.new_revisions() == ["1.5.0"]
    assert service.traffic() == {"1.4.0": 100, "1.5.0": 0}
    tagged = {t["tag"]: t["uri"] for t in service.row().outputs["trafficStatuses"]}
    assert project.outputs()["candidate_url"] == tagged["candidate"]
    assert project.up().steps == {}
    for percent in (10, 50, 100, 50, 10, 0):
        moved = project.up(canary_percent=percent)
        assert moved.steps == {"fraud-service": ["update"]}
        assert _changed(moved) == {"traffics"}
        assert service.calls() == ["update"]
        assert service.new_revisions() == []
        assert service.traffic() == {"1.4.0": 100 - percent, "1.5.0": percent}

    # Promoted: the same revision has all requests, and nothing of it is touched.
    promoted = project.up(**_PROMOTED, **_NO_CANDIDATE)
    assert promoted.names("update") == {"fraud-service", "fraud-stable"}
    assert _changed(promoted) == {"traffics"}
    assert promoted.names("delete") == {_right("1.4.0"), "fraud-stable-model"}
    assert (service.calls(), service.new_revisions()) == (["update"], [])
    assert service.traffic() == {"1.5.0": 100}
    assert project.up().steps == {}

    # Given up: the template is the stable one's again, and its revision is there already.
    project.up(**_NEXT, canary_percent=10)
    assert (service.calls(), service.new_revisions()) == (["update"], ["1.6.0"])
    assert service.traffic() == {"1.5.0": 90, "1.6.0": 10}
    given_up = project.up(**_NO_CANDIDATE)
    assert given_up.names("update") == {"fraud-service"}
    assert (service.calls(), service.new_revisions()) == (["update"], [])
    assert service.traffic() == {"1.5.0": 100}
    assert project.up().steps == {}

    # An old version again: so is its revision.
    project.up(**_STABLE)
    assert (service.calls(), service.new_revisions()) == (["update"], [])
    assert service.traffic() == {"1.4.0": 100}
    project.destroy()
    assert service.calls() == ["delete"]
    assert service.store.list("gcp", SERVICE) == []


def test_what_changes_in_place_and_what_makes_a_revision(service: _Service) -> None:
    project = service.project
    project.up()
    service.new_revisions()
    bounds = project.up(min_replicas=2, max_replicas=8, owner="team-fraud", public_access=True)
    assert _changed(bounds) == {"ingress", "labels", "scaling"}
    assert service.new_revisions() == []
    caller = "serviceAccount:210987654321-compute@developer.gserviceaccount.com"
    assert project.up(callers=[caller]).steps == {"fraud-callers": ["create"]}
    larger = project.up(memory_mib=2048)
    assert larger.names("update") == {"fraud-service", "fraud-stable"}
    assert service.new_revisions() == ["1.4.0"]
    assert service.traffic() == {"1.4.0": 100}

    # Beside a candidate it is the candidate alone that is made anew: the stable revision stays.
    project.up(**_CANDIDATE, canary_percent=10)
    stable = service.template("1.4.0")
    assert service.new_revisions() == ["1.5.0"]
    project.up(memory_mib=4096)
    assert service.new_revisions() == ["1.5.0"]
    assert service.traffic() == {"1.4.0": 90, "1.5.0": 10}
    limits = service.template("1.5.0")["containers"][0]["resources"]["limits"]
    assert limits["memory"] == "4096Mi"
    assert service.template("1.4.0") == stable
    assert project.up().steps == {}

    # Another stable model is refused while a candidate is there, in a preview too.
    service.calls()
    other: dict[str, Any] = {
        "model_version": "1.4.1",
        "model_uri": f"{_ARTIFACTS}/1.4.1/model.onnx",
    }
    for refused in (project.preview(fails=True, **other), project.up(fails=True)):
        assert "the stable model changes from 1.4.0 to 1.4.1 while a candidate" in refused.output
    assert service.calls() == []
    project.up(**_STABLE)
    assert service.traffic() == {"1.4.0": 90, "1.5.0": 10}

    # Promoted, the candidate keeps the settings that it was tried with.
    project.up(**_PROMOTED, **_NO_CANDIDATE)
    assert service.new_revisions() == []
    assert service.traffic() == {"1.5.0": 100}
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}


def test_what_others_change_and_what_goes_wrong(service: _Service) -> None:
    project = service.project
    project.up()
    project.up(**_CANDIDATE, canary_percent=10)
    service.calls()
    service.new_revisions()

    # Somebody moved the traffic: a refresh sees it, an update gives it back.
    service.set_traffic(stable=50, candidate=50)
    service.calls()
    assert "fraud-service" in project.refresh().steps
    assert project.up().steps == {"fraud-service": ["update"]}
    assert service.calls() == ["update"]
    assert service.traffic() == {"1.4.0": 90, "1.5.0": 10}
    project.up(**_NO_CANDIDATE)
    assert service.traffic() == {"1.4.0": 100}

    # A new stable version that does not get ready: what served still does, and may still read.
    new: dict[str, Any] = {
        "model_version": "2.0.0",
        "model_uri": f"{_ARTIFACTS}/2.0.0/model.onnx",
    }
    service.store.add_fault(Fault(SERVICE, "update", "never_ready", message=NOT_READY))
    failed = project.up(fails=True, **new)
    assert NOT_READY in failed.output
    assert not failed.names("delete")
    assert service.traffic() == {"1.4.0": 100}
    service.new_revisions()
    # The same again is the same revision; what was there serves on, with its own name.
    assert project.up(fails=True).steps == {"fraud-service": ["update"]}
    # A candidate beside what never served is refused, whatever the service is asked for.
    project.refresh()
    beside = project.up(fails=True, **_CANDIDATE)
    assert "which never got requests; fraud-dev-1-4-0-" in beside.output
    back = project.up(**_STABLE, **_NO_CANDIDATE)
    assert back.names("delete") == {_right("1.5.0"), _right("2.0.0"), "fraud-stable-model"}
    assert service.traffic() == {"1.4.0": 100}
    assert service.new_revisions() == []
    # Its cause was outside, and is gone: another revision of the same.
    project.up(**new, redeploy="again")
    assert service.new_revisions() == ["2.0.0"]
    assert service.traffic() == {"2.0.0": 100}
    assert project.up().steps == {}

    # What is acknowledged and not live fails the update, until it is asked for again.
    service.store.add_fault(Fault(SERVICE, "update", "silent_rollback"))
    for memory_mib in (2048, 2048):
        lost = project.up(fails=True, memory_mib=memory_mib)
        assert "asked for fraud-dev-2-0-0-" in lost.output
        assert "`up --refresh` asks again" in lost.output
    project.up(refresh=True)
    limits = service.template("2.0.0")["containers"][0]["resources"]["limits"]
    assert limits["memory"] == "2048Mi"

    # The plugin dies once the service is changed: the next update goes on.
    service.store.add_fault(Fault(SERVICE, "update", "die"))
    project.up(fails=True, memory_mib=3072)
    project.up()
    assert service.traffic() == {"2.0.0": 100}
    assert project.up().steps == {}
    project.destroy()
    assert service.store.list("gcp", SERVICE) == []


def test_a_first_up_that_fails_goes_on(service: _Service) -> None:
    project = service.project
    service.store.add_fault(Fault(SERVICE, "create", "never_ready", message=NOT_READY))
    assert NOT_READY in project.up(fails=True).output
    # The service is there, and no revision of it has got a request.
    beside = project.preview(fails=True, **_CANDIDATE, canary_percent=10)
    assert "which never got requests; none did" in beside.output
    assert project.up(**_NO_CANDIDATE, redeploy="again").names("create", "delete") == set()
    assert service.traffic() == {"1.4.0": 100}
    assert project.up().steps == {}
    project.destroy()
    assert service.store.list("gcp", SERVICE) == []


def test_archives_come_before_their_revision_and_go_after_it(
    service: _Service, tmp_path: Path
) -> None:
    project = service.project
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    archived: dict[str, Any] = {
        "image": None,
        "code_path": str(first),
        "bucket": "example-models",
    }
    made = project.up(**archived)
    assert made.order.index(("create", "fraud-1-4-0-source")) < made.order.index(
        ("create", "fraud-service")
    )
    assert project.up().steps == {}
    service.new_revisions()

    # The candidate has an archive of its own; the stable one's stays until it is gone.
    candidate = {k: v for k, v in _CANDIDATE.items() if k != "candidate_image"}
    project.up(**candidate, candidate_code_path=str(second), canary_percent=10)
    assert service.new_revisions() == ["1.5.0"]
    assert len(service.store.list("gcp", OBJECT)) == 2

    # Both are made anew, as of another runtime: what the stable instances start from stays.
    first.write_bytes(b"one, by another runtime")
    second.write_bytes(b"two, by another runtime")
    assert "fraud-1-4-0-source" not in project.up().steps
    assert service.new_revisions() == ["1.5.0"]
    source = service.template("1.4.0")["containers"][0]["sourceCode"]["cloudStorageSource"]
    assert source["object"] in {row.name for row in service.store.list("gcp", OBJECT)}
    assert project.up().steps == {}
    gone = project.up(
        model_version="1.5.0",
        model_uri=_CANDIDATE["candidate_uri"],
        code_path=str(second),
        candidate_code_path=None,
        **_NO_CANDIDATE,
    )
    stable = {"fraud-stable-model", "fraud-stable-source"}
    assert gone.names("delete") == {_right("1.4.0"), "fraud-1-4-0-source", *stable}
    assert gone.order.index(("update", "fraud-service")) < gone.order.index(
        ("delete", "fraud-1-4-0-source")
    )
    assert service.new_revisions() == []

    # Other bytes are another object, there before the old one goes.
    second.write_bytes(b"three")
    changed = project.up()
    assert changed.replaced_in_turn("fraud-1-5-0-source")
    assert service.new_revisions() == ["1.5.0"]
    assert project.up().steps == {}

    # Another region is another service, at another address.
    moved = project.up(region="europe-west1")
    assert "fraud-service" in moved.names("create-replacement")
    assert "europe-west1" in project.outputs()["url"]
    assert project.up().steps == {}
    project.destroy()
    assert service.store.list("gcp", SERVICE) == []
