"""InferenceService through the real engine: which resources change at each step of its life."""

import json
from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_SERVICE = "churn-inference-service"
_CLOUD = ROOT / "sandbox" / "cloud"
# By its type: NetworkPolicy and others have the same name.
_WHICH = ("default/churn", "--token", "*InferenceService")
_STABLE_URI = "s3://example-models/churn/2.1.0/"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "2.2.0",
    "candidate_uri": "s3://example-models/churn/2.2.0/",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}
_PROMOTED: dict[str, Any] = {
    "model_version": "2.2.0",
    "model_uri": _CANDIDATE["candidate_uri"],
    **_NO_CANDIDATE,
}
# A KServe whose routes weigh: see facts/kserve.py.
_STANDARD: dict[str, Any] = {
    "deployment_mode": "standard",
    "kserve_version": "0.21.0",
    "gateway_api": True,
    "min_replicas": 2,
    "max_replicas": 6,
}


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.kserve.inference_service",
        "InferenceService",
        "churn",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model_version": "2.1.0",
            "model_uri": _STABLE_URI,
            "framework": "sklearn",
            "namespace": "default",
            "kserve_version": "0.20.0",
            **more,
        },
    )


def _spec(project: ComponentProject) -> dict[str, Any]:
    return project.resource(_SERVICE)["inputs"]["spec"]


def _live(sandbox: Sandbox) -> dict[str, Any]:
    shown = json.loads(sandbox.run(_CLOUD, "show", *_WHICH).stdout)
    return shown["outputs"]


def _traffic(sandbox: Sandbox) -> list[int]:
    """What each revision gets, the newest first."""
    revisions = _live(sandbox)["status"]["components"]["predictor"]["traffic"]
    return [each["percent"] for each in revisions]


def _walk(sandbox: Sandbox, change: str) -> None:
    """As a controller that walks the share does."""
    which, *token = _WHICH
    sandbox.run(_CLOUD, "set", which, change, *token, "--manager=rollouts")


def test_life_in_knative_mode(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert created.names("create") >= {"churn", _SERVICE, "churn-stable"}
    assert project.outputs()["url"].startswith("http")
    assert project.outputs()["candidate_url"] == ""
    assert project.up().steps == {}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert begun.steps == {_SERVICE: ["update"]}
    predictor = _spec(project)["predictor"]
    assert predictor["canaryTrafficPercent"] == 10
    assert predictor["model"]["storageUri"] == _CANDIDATE["candidate_uri"]
    # By the tag of the newest revision, whatever its share.
    assert project.outputs()["candidate_url"].startswith("http://latest-churn-predictor.default")

    share = project.up(canary_percent=50)
    assert share.steps == {_SERVICE: ["update"]}
    assert share.properties[_SERVICE] == {"spec.predictor.canaryTrafficPercent"}

    promoted = project.up(**_PROMOTED)
    # The record of what is stable follows; nothing of the pods' template changes.
    assert promoted.steps == {_SERVICE: ["update"], "churn-stable": ["update"]}
    assert promoted.properties[_SERVICE] == {"spec.predictor.canaryTrafficPercent"}

    back = project.up(model_version="2.1.0", model_uri=_STABLE_URI)
    assert back.steps == {_SERVICE: ["update"], "churn-stable": ["update"]}
    assert project.up(max_replicas=4).steps == {_SERVICE: ["update"]}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")


def test_life_in_standard_mode(sandbox: Sandbox) -> None:
    project = _project(sandbox, **_STANDARD)
    created = project.up()
    # Both models are declared, so nothing has to be remembered.
    assert "churn-stable" not in created.names("create")
    stable = _spec(project)["predictor"]
    assert project.up().steps == {}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert begun.steps == {_SERVICE: ["update"]}
    assert begun.properties[_SERVICE] == {"spec.canary"}
    assert _spec(project)["predictor"] == stable
    (canary,) = _spec(project)["canary"]
    assert canary["trafficPercent"] == 10
    assert canary["predictor"]["minReplicas"] == 1
    assert canary["predictor"]["model"]["storageUri"] == _CANDIDATE["candidate_uri"]
    alone = "http://churn-candidate-predictor.default.svc.cluster.local"
    assert project.outputs()["candidate_url"] == alone

    # What a rollout walked stays while it owns the share; else the file wins.
    walked = json.dumps([{**_live(sandbox)["spec"]["canary"][0], "trafficPercent": 40}])
    _walk(sandbox, f"spec.canary={walked}")
    assert project.up(share_owner="rollout", max_replicas=7).names("update") == {_SERVICE}
    assert _live(sandbox)["spec"]["canary"][0]["trafficPercent"] == 40
    project.up(share_owner=None, max_replicas=_STANDARD["max_replicas"])
    assert _live(sandbox)["spec"]["canary"][0]["trafficPercent"] == 10

    share = project.up(canary_percent=50)
    assert share.properties[_SERVICE] == {"spec.canary[0].trafficPercent"}
    more = project.up(canary_percent=51)
    assert more.properties[_SERVICE] == {
        "spec.canary[0].trafficPercent",
        "spec.canary[0].predictor.minReplicas",
    }

    promoted = project.up(**_PROMOTED)
    assert promoted.steps == {_SERVICE: ["update"]}
    assert promoted.properties[_SERVICE] == {
        'metadata.labels["model-serving/model-version"]',
        "spec.canary",
        "spec.predictor.model.storageUri",
    }
    back = project.up(model_version="2.1.0", model_uri=_STABLE_URI)
    assert back.steps == {_SERVICE: ["update"]}
    assert _spec(project)["predictor"] == stable
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {_SERVICE}


def test_a_host_of_ones_own_parts_requests_on_kserve_0_20(sandbox: Sandbox) -> None:
    """A share once the candidate is ready; the route lets go of it before it goes."""
    gateway = {"gateway_name": "public", "gateway_namespace": "gateways"}
    host: dict[str, Any] = {"host": "churn.example.com", **gateway, "kserve_version": "0.20.0"}
    project = _project(sandbox, **(_STANDARD | host))

    def weights() -> dict[str, int]:
        (rule,) = project.resource("churn-route")["inputs"]["spec"]["rules"]
        return {each["name"]: each["weight"] for each in rule["backendRefs"]}

    project.up()
    assert project.outputs()["url"] == "https://churn.example.com"
    early = project.preview(fails=True, **_CANDIDATE, canary_percent=10)
    assert "the candidate is not live yet, and 10 % of the requests would fail" in early.output

    begun = project.up(canary_percent=0)
    assert begun.names("update") == {_SERVICE}
    assert weights() == {"churn-predictor": 100}

    project.up(canary_percent=10)
    both = {"churn-predictor": 90, "churn-candidate-predictor": 10}
    assert weights() == both
    assert project.up(canary_percent=10).names("update") == set()
    share = project.up(canary_percent=50)
    # The candidate's pods follow its share.
    assert share.names("update") == {"churn-route", _SERVICE}
    assert weights() == {"churn-predictor": 50, "churn-candidate-predictor": 50}

    promoted = project.up(**_PROMOTED)
    updates = [name for operation, name in promoted.order if operation == "update"]
    assert updates == ["churn-route", _SERVICE]
    assert weights() == {"churn-predictor": 100}
    project.destroy()


def test_a_candidate_needs_the_live_stable_model(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    # With a share that a rollout owns the live one would be read, and is not there.
    for run, owner in ((project.preview, "file"), (project.preview, "rollout"), (project.up, None)):
        refused = run(fails=True, **_CANDIDATE, canary_percent=10, share_owner=owner)
        assert "no stable model is live yet; deploy the stable model alone first" in refused.output

    project.up(**_NO_CANDIDATE)
    other = project.preview(fails=True, **_CANDIDATE, model_uri="s3://example-models/churn/2.0.0/")
    assert "beside the stable model s3://example-models/churn/2.0.0/, but" in other.output

    project.up(model_uri=_STABLE_URI, canary_percent=10)
    changed = project.preview(fails=True, model_version="2.1.1")
    assert "the stable model changes from 2.1.0 to 2.1.1" in changed.output
    standard = {"model_version": "2.1.0", "canary_percent": 0, "deployment_mode": "standard"}
    mode = project.preview(fails=True, **standard)
    assert "deployment_mode changes from knative to standard" in mode.output


def test_what_a_rollout_walks_an_update_does_not_undo(sandbox: Sandbox) -> None:
    project = _project(sandbox, share_owner="rollout")
    project.up()
    project.up(**_CANDIDATE, canary_percent=10)
    assert _live(sandbox)["spec"]["predictor"]["canaryTrafficPercent"] == 10

    _walk(sandbox, "spec.predictor.canaryTrafficPercent=40")
    unrelated = project.up(max_replicas=4)
    assert unrelated.names("update") == {_SERVICE}
    live = _live(sandbox)["spec"]["predictor"]
    assert (live["canaryTrafficPercent"], live["maxReplicas"]) == (40, 4)
    # It walks on, and the file's share is not asked again.
    _walk(sandbox, "spec.predictor.canaryTrafficPercent=80")
    project.up(canary_percent=20, max_replicas=5)
    assert _live(sandbox)["spec"]["predictor"]["canaryTrafficPercent"] == 80

    # Promoting takes the share away, whoever wrote it last.
    project.up(**_PROMOTED)
    assert _live(sandbox)["spec"]["predictor"]["canaryTrafficPercent"] == 100
    # The next candidate begins with the file's share.
    project.up(
        candidate_version="2.3.0",
        candidate_uri="s3://example-models/churn/2.3.0/",
        canary_percent=5,
    )
    assert _live(sandbox)["spec"]["predictor"]["canaryTrafficPercent"] == 5


def test_what_never_becomes_ready_says_why_and_what_repairs_it_goes_on(sandbox: Sandbox) -> None:
    project = _project(sandbox, runtime="our-server")
    failed = project.up(fails=True)
    assert "condition=Ready was not met" in failed.output
    assert "[RuntimeNotRecognized]" in failed.output
    # It is there, and known; the next update repairs it.
    repaired = project.up(runtime=None)
    assert repaired.steps[_SERVICE] == ["update"]
    assert project.up().steps == {}

    # A candidate that fails takes no requests; repaired it gets its share and no more.
    project.up(fails=True, **_CANDIDATE, canary_percent=10, runtime="our-server")
    assert _traffic(sandbox) == [100]
    assert project.up(runtime=None).steps == {_SERVICE: ["update"]}
    assert _traffic(sandbox) == [10, 90]
