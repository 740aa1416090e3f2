"""The strategies of ModelServer through the real engine: version 1, version 2, and back."""

from typing import Any

import pytest

from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import ROOT, Sandbox
from tests.unit.test_model_server import MINIMAL

pytestmark = pytest.mark.engine

_V1: dict[str, Any] = {"model_version": "1.0.0", "model_uri": "s3://models/ranker/1.0.0/"}
_V2: dict[str, Any] = {"model_version": "2.0.0", "model_uri": "s3://models/ranker/2.0.0/"}
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "2.0.0",
    "candidate_uri": "s3://models/ranker/2.0.0/",
}
_BACK: dict[str, Any] = {
    "candidate_version": "1.0.0",
    "candidate_uri": "s3://models/ranker/1.0.0/",
}
_PLACE: dict[str, Any] = {"namespace": "default", "max_replicas": 3, "mesh": "istio_sidecar"}
_ALONE: dict[str, Any] = {"candidate_version": None, "candidate_uri": None, "canary_percent": None}
_URL = "http://ranker.default.svc.cluster.local"
_ROUTE = "ranker-route"
_SERVICE = "ranker-service"


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.server.model_server",
        "ModelServer",
        "ranker",
        MINIMAL | _V1 | _PLACE | more,
    )


def _slot(slug: str, *more: str) -> set[str]:
    """The resources of one version."""
    roles = ("deployment", "autoscaler", "disruption-budget", "service", *more)
    return {f"ranker-{role}-{slug}" for role in roles}


_ISTIO = ("destination-rule",)


def _settled(project: ComponentProject) -> None:
    """A second update changes nothing, and callers go on using one address."""
    assert project.up().steps == {}
    assert project.outputs()["url"] == _URL


def _came_before_traffic(change: Change, *traffic: str) -> None:
    """What is new was ready before a request was sent to it."""
    places = {step: index for index, step in enumerate(change.order)}
    moved = min(places["update", name] for name in traffic)
    new = [name for operation, name in change.order if operation == "create"]
    assert [name for name in new if "-deployment-" in name or "-service-" in name]
    for name in new:
        if "-deployment" in name or "-service-" in name or "-destination-rule-" in name:
            assert places["create", name] < moved, name


def _went_after_traffic(change: Change, *traffic: str) -> None:
    """What goes was deleted after the last request was sent to it."""
    places = {step: index for index, step in enumerate(change.order)}
    moved = max(places["update", name] for name in traffic)
    gone = [name for operation, name in change.order if operation == "delete"]
    assert gone
    assert all(places["delete", name] > moved for name in gone)
    for name in gone:
        # A proxy that still has the old routes reaches pods that drain, and not nothing.
        if "-deployment-" in name:
            for role in ("service", "destination-rule"):
                address = "delete", name.replace("deployment", role)
                assert places.get(address, len(places)) > places["delete", name], address


def _spec(project: ComponentProject, name: str) -> dict[str, Any]:
    return project.resource(name)["inputs"]["spec"]


def _selected(project: ComponentProject) -> str:
    return _spec(project, _SERVICE)["selector"]["model-serving/slot"]


def _istio_weights(project: ComponentProject) -> list[tuple[str, int]]:
    routes = _spec(project, _ROUTE)["http"][-1]["route"]
    return [(each["destination"]["host"].partition(".")[0], each["weight"]) for each in routes]


def _gateway_weights(project: ComponentProject) -> list[tuple[str, int]]:
    backends = _spec(project, _ROUTE)["rules"][-1]["backendRefs"]
    return [(each["name"], each["weight"]) for each in backends]


def test_in_place(sandbox: Sandbox) -> None:
    """Rolling, then recreate on the live model: what belongs to the one is gone with it."""
    project = _project(sandbox)
    project.up()
    refused = project.preview(fails=True, **_CANDIDATE)
    assert "strategy: got 'rolling'; use blue_green, canary, ab, shadow" in refused.output
    project.args = {key: value for key, value in project.args.items() if key not in _CANDIDATE}
    changes = (("rolling", "RollingUpdate", _V2), ("recreate", "Recreate", _V1))
    for strategy, kind, version in changes:
        changed = project.up(strategy=strategy, **version)
        assert changed.steps == {"ranker-deployment": ["update"]}
        assert _spec(project, "ranker-deployment")["strategy"]["type"] == kind
        _settled(project)
    assert _spec(project, "ranker-deployment")["strategy"] == {"type": "Recreate"}


def test_blue_green(sandbox: Sandbox) -> None:
    project = _project(sandbox, strategy="blue_green")
    created = project.up()
    assert created.names("create") >= _slot("1-0-0")
    # Pods that go may take as long as they were promised, and the cluster ten minutes beside.
    assert project.resource("ranker-deployment-1-0-0")["customTimeouts"]["delete"] == 15 + 45 + 600
    _settled(project)

    begun = project.up(**_CANDIDATE)
    assert begun.steps == {name: ["create"] for name in _slot("2-0-0")}
    assert _selected(project) == "1-0-0"

    between = project.preview(fails=True, canary_percent=70)
    assert "canary_percent: got 70; use 100 (or 0): blue_green moves all requests" in between.output
    # Both run: over and back is one field of one object.
    for percent, slug in ((100, "2-0-0"), (0, "1-0-0"), (100, "2-0-0")):
        switched = project.up(canary_percent=percent)
        assert switched.steps == {_SERVICE: ["update"]}
        assert switched.properties[_SERVICE] == {'spec.selector["model-serving/slot"]'}
        assert _selected(project) == slug
        _settled(project)

    promoted = project.up(**_V2, **_ALONE)
    assert promoted.steps == {name: ["delete"] for name in _slot("1-0-0")}
    _settled(project)

    # Without a candidate a new version is ready, gets all requests, and the old one goes.
    back = project.up(**_V1)
    assert back.names("create") == _slot("1-0-0")
    assert back.names("update") == {_SERVICE}
    assert back.names("delete") == _slot("2-0-0")
    _came_before_traffic(back, _SERVICE)
    _went_after_traffic(back, _SERVICE)
    _settled(project)


def test_canary_by_istio(sandbox: Sandbox) -> None:
    project = _project(sandbox, strategy="canary", router="istio")
    assert project.up().names("create") >= _slot("1-0-0", *_ISTIO) | {_ROUTE}
    _settled(project)

    begun = project.up(**_CANDIDATE)
    assert begun.names("create") == _slot("2-0-0", *_ISTIO)
    assert begun.names("update") == {_ROUTE}
    _came_before_traffic(begun, _ROUTE)
    assert _istio_weights(project) == [("ranker-1-0-0", 100), ("ranker-2-0-0", 0)]
    tester, _ = _spec(project, _ROUTE)["http"]
    assert tester["match"] == [{"headers": {"x-canary": {"exact": "true"}}}]
    assert tester["route"][0]["destination"]["host"].startswith("ranker-2-0-0.")
    _settled(project)

    for percent in (10, 50, 100):
        share = project.up(canary_percent=percent)
        assert share.steps == {_ROUTE: ["update"]}
        weights = {f"spec.http[1].route[{index}].weight" for index in (0, 1)}
        assert share.properties[_ROUTE] == weights
        assert [weight for _, weight in _istio_weights(project)] == [100 - percent, percent]
        # Without a proxy nobody gets a candidate by chance.
        assert _selected(project) == "1-0-0"
    _settled(project)

    promoted = project.up(**_V2, **_ALONE)
    assert promoted.names("update") == {_SERVICE, _ROUTE}
    assert promoted.names("delete") == _slot("1-0-0", *_ISTIO)
    assert promoted.names("create") == set()
    _went_after_traffic(promoted, _SERVICE, _ROUTE)
    assert _istio_weights(project) == [("ranker-2-0-0", 100)]
    _settled(project)

    back = project.up(**_BACK, canary_percent=100)
    assert back.names("create") == _slot("1-0-0", *_ISTIO)
    _came_before_traffic(back, _ROUTE)
    done = project.up(**_V1, **_ALONE)
    assert done.names("update") == {_SERVICE, _ROUTE}
    assert done.names("delete") == _slot("2-0-0", *_ISTIO)
    _settled(project)
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= _slot("1-0-0", *_ISTIO) | {_ROUTE, _SERVICE}


def test_canary_by_gateway_api(sandbox: Sandbox) -> None:
    gateway = {"gateway_name": "public", "gateway_namespace": "gateways"}
    host = {"host": "ranker.example.com", **gateway}
    project = _project(sandbox, strategy="canary", router="gateway", grpc_port=9000, **host)
    created = project.up()
    assert created.names("create") >= _slot("1-0-0") | {_ROUTE, "ranker-outside-route"}
    assert "ranker-ingress" not in created.names("create")
    routes = {_ROUTE, "ranker-outside-route", "ranker-grpc-route"}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert begun.names("create") == _slot("2-0-0")
    assert begun.names("update") == routes
    _came_before_traffic(begun, *routes)
    assert _gateway_weights(project) == [("ranker-1-0-0", 90), ("ranker-2-0-0", 10)]
    assert _spec(project, _ROUTE)["parentRefs"][0]["kind"] == "Service"
    outside = _spec(project, "ranker-outside-route")
    assert outside["parentRefs"][0]["name"] == "public"
    assert {match["path"]["value"] for rule in outside["rules"] for match in rule["matches"]} == {
        "/v1/models",
        "/v2/models",
    }
    assert project.up().steps == {}

    share = project.up(canary_percent=0)
    assert share.names("update") == routes
    assert share.properties[_ROUTE] == {
        "spec.rules[1].backendRefs[0].weight",
        "spec.rules[1].backendRefs[1].weight",
    }
    dropped = project.up(**_ALONE)
    assert dropped.names("update") == routes
    assert dropped.names("delete") == _slot("2-0-0")
    _went_after_traffic(dropped, *routes)
    assert project.up().steps == {}
    assert project.outputs()["url"] == "https://ranker.example.com"


@pytest.mark.parametrize("router", ["istio", "gateway"])
def test_ab_and_shadow(sandbox: Sandbox, router: str) -> None:
    project = _project(
        sandbox,
        strategy="ab",
        router=router,
        ab_header="X-Team",
        ab_values=["search", "ads"],
        **_CANDIDATE,
    )
    more = _ISTIO if router == "istio" else ()
    assert project.up().names("create") >= _slot("1-0-0", *more) | _slot("2-0-0", *more)
    field = "http" if router == "istio" else "rules"
    chosen, rest = _spec(project, _ROUTE)[field]
    if router == "istio":
        wanted = [{"headers": {"x-team": {"exact": value}}} for value in ("search", "ads")]
        assert chosen["match"] == wanted
        assert "match" not in rest
    else:
        values = [match["headers"][0]["value"] for match in chosen["matches"]]
        assert values == ["search", "ads"]
        assert rest["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    _settled(project)
    cookie = project.up(ab_header=None, ab_cookie="team")
    assert cookie.steps == {_ROUTE: ["update"]}
    assert _selected(project) == "1-0-0"

    # Now the candidate gets copies of requests, and nobody its answers.
    none: dict[str, Any] = {"ab_cookie": None, "ab_values": None}
    shadow = project.up(strategy="shadow", canary_percent=25, **none)
    assert shadow.steps == {_ROUTE: ["update"]}
    (rule,) = _spec(project, _ROUTE)[field]
    if router == "istio":
        assert _istio_weights(project) == [("ranker-1-0-0", 100)]
        assert rule["mirror"]["host"] == "ranker-2-0-0.default.svc.cluster.local"
        assert rule["mirrorPercentage"] == {"value": 25}
    else:
        assert _gateway_weights(project) == [("ranker-1-0-0", 100)]
        mirror = rule["filters"][0]["requestMirror"]
        assert (mirror["backendRef"]["name"], mirror["percent"]) == ("ranker-2-0-0", 25)
    _settled(project)
    assert project.up(canary_percent=100).steps == {_ROUTE: ["update"]}
    promoted = project.up(**_V2, **_ALONE)
    assert promoted.names("update") == {_SERVICE, _ROUTE}
    assert promoted.names("delete") == _slot("1-0-0", *more)
    _settled(project)
    back = project.up(**_V1)
    assert back.names("create") == _slot("1-0-0", *more)
    _came_before_traffic(back, _SERVICE, _ROUTE)
    _went_after_traffic(back, _SERVICE, _ROUTE)


def test_another_strategy_on_a_live_model(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    in_place = {"ranker-deployment", "ranker-autoscaler", "ranker-disruption-budget"}

    canary = project.up(strategy="canary", router="istio")
    assert canary.names("create") == _slot("1-0-0", *_ISTIO) | {_ROUTE}
    assert canary.names("update") == {_SERVICE}
    assert canary.names("delete") == in_place
    _came_before_traffic(canary, _SERVICE)
    _went_after_traffic(canary, _SERVICE)
    places = {step: index for index, step in enumerate(canary.order)}
    assert places["update", _SERVICE] < places["create", _ROUTE]
    assert places["create", _ROUTE] < places["delete", "ranker-deployment"]
    _settled(project)

    other = project.up(router="gateway")
    assert other.steps == {
        _ROUTE: ["create", "delete"],
        "ranker-destination-rule-1-0-0": ["delete"],
    }
    rolling = project.up(strategy="rolling", router=None)
    assert rolling.names("create") == in_place
    assert rolling.names("update") == {_SERVICE}
    assert rolling.names("delete") == _slot("1-0-0") | {_ROUTE}
    places = {step: index for index, step in enumerate(rolling.order)}
    assert places["create", "ranker-deployment"] < places["update", _SERVICE]
    _went_after_traffic(rolling, _SERVICE)
    # First the route goes, then what it led to.
    assert places["delete", _ROUTE] < places["delete", "ranker-service-1-0-0"]
    assert places["delete", _ROUTE] < places["delete", "ranker-deployment-1-0-0"]
    _settled(project)


def test_a_candidate_that_never_gets_ready_changes_no_traffic(sandbox: Sandbox) -> None:
    project = _project(sandbox, strategy="canary", router="istio", ready_timeout_seconds=60)
    project.up()
    fault = ("add", "kubernetes:apps/v1:Deployment", "create", "never_ready")
    sandbox.run(ROOT / "sandbox/cloud", "fault", *fault, "--resource", "ranker-deployment-2-0-0")
    begun = project.up(fails=True, **_CANDIDATE, canary_percent=50)
    assert "ranker-deployment-2-0-0" in begun.names("create")
    assert not begun.names("update", "delete")
    assert _istio_weights(project) == [("ranker-1-0-0", 100)]
    assert _selected(project) == "1-0-0"

    deployment = ("default/ranker-2-0-0", "--token", "*Deployment")
    sandbox.run(ROOT / "sandbox/cloud", "ready", *deployment)
    resumed = project.up()
    assert resumed.names("update") >= {_ROUTE}
    assert resumed.names("delete") == set()
    assert _istio_weights(project) == [("ranker-1-0-0", 50), ("ranker-2-0-0", 50)]
    _settled(project)
    # The route cannot be moved: what it led to stays, until it is.
    route = ("add", "kubernetes:networking.istio.io/v1:VirtualService", "update", "fail")
    sandbox.run(ROOT / "sandbox/cloud", "fault", *route, "--count", "1")
    stuck = project.up(fails=True, **_V2, **_ALONE)
    assert stuck.names("delete") == set()
    assert _istio_weights(project) == [("ranker-1-0-0", 50), ("ranker-2-0-0", 50)]
    # Taken back while half of the requests go there: the route first.
    gone = project.up(**_V1)
    assert gone.names("delete") == _slot("2-0-0", *_ISTIO)
    _went_after_traffic(gone, _ROUTE)
    assert _istio_weights(project) == [("ranker-1-0-0", 100)]
    _settled(project)


def _walk(sandbox: Sandbox, percent: int) -> None:
    """As a rollout's controller moves the share."""
    shares = (100 - percent, percent)
    paths = [f"spec.http[1].route[{i}].weight={share}" for i, share in enumerate(shares)]
    given = ("--token", "*VirtualService", "--manager", "rollouts")
    sandbox.run(ROOT / "sandbox/cloud", "set", "default/ranker", *paths, *given)


def _live_weights(sandbox: Sandbox) -> list[int]:
    shown = sandbox.run(
        ROOT / "sandbox/cloud", "show", "default/ranker", "--token", "*VirtualService"
    )
    return [int(line.rpartition(":")[2]) for line in shown.stdout.splitlines() if "weight" in line]


def test_a_share_that_a_rollout_owns_is_left_alone(sandbox: Sandbox) -> None:
    project = _project(sandbox, strategy="canary", router="istio")
    project.up()
    early = project.preview(fails=True, **_CANDIDATE, share_owner="rollout")
    assert "version 2.0.0 is new, and while the share is a rollout's" in early.output
    project.up(share_owner=None, canary_percent=5)
    handed = project.up(share_owner="rollout")
    assert handed.steps == {_ROUTE: ["update"]}
    assert handed.properties[_ROUTE] == {'metadata.annotations["pulumi.com/patchForce"]'}

    _walk(sandbox, 40)
    # Whatever else changes, and whether the state is read anew or not.
    assert project.up(cpu=2).names("update") == {
        "ranker-deployment-1-0-0",
        "ranker-deployment-2-0-0",
    }
    assert project.up(owner="team-ads").names("update") >= {_ROUTE, _SERVICE}
    assert _live_weights(sandbox)[-2:] == [60, 40]
    assert project.up(refresh=True, canary_percent=10, owner="team-search").exit_code == 0
    assert _live_weights(sandbox)[-2:] == [60, 40]

    new = project.preview(fails=True, candidate_version="3.0.0")
    assert "give share_owner file for this update" in new.output
    other = project.preview(fails=True, candidate_version="2.0.0", strategy="shadow")
    about = "canary 1-0-0 2-0-0 to shadow 1-0-0 2-0-0"
    assert f"ranker-route: the routes change from {about}" in other.output
    project.args["strategy"] = "canary"
    # The file takes the share back, without a conflict.
    back = project.up(share_owner=None)
    assert back.names("update") == {_ROUTE}
    assert _live_weights(sandbox)[-2:] == [90, 10]

    # What the autoscaler did to the candidate stays too.
    scaled = ("default/ranker-2-0-0", "spec.replicas=3", "--token", "*Deployment")
    sandbox.run(ROOT / "sandbox/cloud", "set", *scaled, "--manager", "kube-controller-manager")
    again = project.up(refresh=True, memory_mib=4096)
    assert again.names("update") >= {"ranker-deployment-2-0-0"}
    shown = sandbox.run(ROOT / "sandbox/cloud", "show", *scaled[:1], *scaled[2:])
    assert '"replicas": 3' in shown.stdout

    # What somebody moves by hand stays until the state is read again; then the file wins.
    _walk(sandbox, 70)
    assert project.up(cpu=1).names("update") >= {"ranker-deployment-1-0-0"}
    assert _live_weights(sandbox)[-2:] == [30, 70]
    assert project.up(refresh=True).names("update") == {_ROUTE}
    assert _live_weights(sandbox)[-2:] == [90, 10]


def _parts(**candidate: object) -> list[dict[str, Any]]:
    """A tokenizer and a re-ranker, in images of their own."""
    image = MINIMAL["image"]
    ranker = {"name": "reranker", "image": image, "uri": "s3://models/reranker/1.0.0/"}
    return [{"name": "tokenizer", "image": image, "cpu": 0.5, **candidate}, ranker]


def _unit(slug: str) -> set[str]:
    roles = ("deployment", "autoscaler", "disruption-budget", "service")
    parts = ("ranker", "ranker-tokenizer", "ranker-reranker")
    return {f"{part}-{role}-{slug}" for part in parts for role in roles}


def test_several_services_are_one_unit(sandbox: Sandbox) -> None:
    project = _project(sandbox, strategy="blue_green", ready_timeout_seconds=60, parts=_parts())
    assert project.up().names("create") >= _unit("1-0-0")
    _settled(project)
    pod = _spec(project, "ranker-deployment-1-0-0")["template"]["spec"]["containers"][0]
    found = {each["name"]: each.get("value") for each in pod["env"]}
    assert found["TOKENIZER_URL"] == "http://ranker-tokenizer-1-0-0"
    assert found["RERANKER_URL"] == "http://ranker-reranker-1-0-0"

    # One part of version 2 never gets ready: nothing of version 1 is touched.
    fault = ("add", "kubernetes:apps/v1:Deployment", "create", "never_ready")
    failing = "ranker-tokenizer-deployment-2-0-0"
    sandbox.run(ROOT / "sandbox/cloud", "fault", *fault, "--resource", failing)
    broken = project.up(fails=True, **_V2)
    assert failing in broken.names("create")
    assert "ranker-deployment-2-0-0" not in broken.names("create")
    assert not broken.names("update", "delete")
    assert _selected(project) == "1-0-0"

    # Back to version 1 is nothing but the removal of what was begun.
    back = project.up(**_V1)
    assert back.names("create", "update") == set()
    assert back.names("delete") >= {failing}
    _settled(project)

    sandbox.run(ROOT / "sandbox/cloud", "fault", "clear")
    for version, new, old in ((_V2, "2-0-0", "1-0-0"), (_V1, "1-0-0", "2-0-0")):
        done = project.up(**version)
        assert done.names("create") == _unit(new)
        assert done.names("update") == {_SERVICE}
        assert done.names("delete") == _unit(old)
        _came_before_traffic(done, _SERVICE)
        _went_after_traffic(done, _SERVICE)
        # The server is never there without what it calls, also while it answers its last requests.
        places = {step: index for index, step in enumerate(done.order)}
        for part in ("tokenizer", "reranker"):
            server, its = "ranker-deployment-", f"ranker-{part}-deployment-"
            assert places["create", its + new] < places["create", server + new]
            assert places["delete", server + old] < places["delete", its + old]
        _settled(project)

    # The candidate's unit has a part of its own image; over and back is one field.
    image = f"registry.example/tokenizer@sha256:{'3' * 64}"
    begun = project.up(**_CANDIDATE, parts=_parts(candidate_image=image))
    assert begun.steps == {name: ["create"] for name in _unit("2-0-0")}
    part = _spec(project, "ranker-tokenizer-deployment-2-0-0")["template"]["spec"]
    assert part["containers"][0]["image"] == image
    for percent in (100, 0):
        assert project.up(canary_percent=percent).steps == {_SERVICE: ["update"]}
    other = project.preview(fails=True, strategy="rolling", **_ALONE)
    assert "changed in place, they would not change as one" in other.output


def test_a_selector_that_a_rollout_owns_is_left_alone(sandbox: Sandbox) -> None:
    project = _project(sandbox, strategy="blue_green", **_CANDIDATE)
    project.up()
    project.up(share_owner="rollout")
    moved = ('spec.selector["model-serving/slot"]="2-0-0"', "--token", "*core/v1:Service")
    sandbox.run(ROOT / "sandbox/cloud", "set", "default/ranker", *moved, "--manager", "rollouts")

    def selected() -> bool:
        shown = sandbox.run(ROOT / "sandbox/cloud", "show", "default/ranker", *moved[1:])
        return '"model-serving/slot": "2-0-0"' in shown.stdout

    assert project.up(refresh=True, owner="team-ads").names("update") >= {_SERVICE}
    assert selected()
    # Promoted by the file, which has the last word again.
    promoted = project.up(share_owner=None, **_V2, **_ALONE)
    assert promoted.names("delete") == _slot("1-0-0")
    assert selected()
    assert project.up().steps == {}
