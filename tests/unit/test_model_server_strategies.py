"""What each strategy registers, which requests go where, and what is refused."""

import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kubernetes.server.model_server import ModelServer
from facts.strategies import STRATEGIES, slug
from stacks import targets
from tests.unit.component_mocks import Recorded, record
from tests.unit.model_server_strategies import CANDIDATE, unit_parts
from tests.unit.settings_project import DIGEST, MODEL_SERVER, TARGETS, Project, changed, project
from tests.unit.test_model_server import IMAGE, MINIMAL

BESIDE = MINIMAL | CANDIDATE
ISTIO = {"router": "istio", "mesh": "istio_sidecar"}
CANARY = BESIDE | ISTIO | {"strategy": "canary"}
AB = BESIDE | ISTIO | {"strategy": "ab", "ab_cookie": "team", "ab_values": ["a.b", "c"]}


def _made(**changes: object) -> Recorded:
    return record(ModelServer, "ranker", MINIMAL | changes)


def _spec(recorded: Recorded, name: str) -> dict[str, Any]:
    return recorded.inputs[name]["spec"]


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_without_a_candidate_serves_the_stable_model(name: str) -> None:
    kind = STRATEGIES[name]
    router = {"router": "gateway"} if kind.needs_router else {}
    ab = {"ab_header": "x-team", "ab_values": ["a"]} if name == "ab" else {}
    made = _made(strategy=name, **router, **ab)
    suffix = "-1-2-0" if kind.takes_candidate else ""
    selector = _spec(made, "ranker-service")["selector"]
    pods = _spec(made, f"ranker-deployment{suffix}")
    assert pods["selector"]["matchLabels"] == selector
    assert selector.items() <= pods["template"]["metadata"]["labels"].items()
    if kind.needs_router:
        (rule,) = _spec(made, "ranker-route")["rules"]
        assert [each["name"] for each in rule["backendRefs"]] == ["ranker-1-2-0"]
    assert made.outputs["url"] == "http://ranker.models.svc.cluster.local"


def test_no_selector_finds_the_pods_of_another_version() -> None:
    made = record(ModelServer, "ranker", CANARY | {"max_replicas": 2})
    in_place = record(ModelServer, "ranker", MINIMAL | {"max_replicas": 2})
    pods = {
        name: inputs["spec"]["template"]["metadata"]["labels"]
        for recorded in (made, in_place)
        for name, inputs in recorded.inputs.items()
        if "-deployment" in name
    }
    assert len(pods) == 3
    selectors = [
        (name, inputs["spec"]["selector"].get("matchLabels", inputs["spec"]["selector"]))
        for recorded in (made, in_place)
        for name, inputs in recorded.inputs.items()
        # Policies are about all versions at once.
        if "selector" in inputs.get("spec", {}) and "policy" not in name
    ]
    assert {re.sub(r"-\d.*", "", name) for name, _ in selectors} == {
        "ranker-deployment",
        "ranker-disruption-budget",
        "ranker-service",
    }
    for name, selector in selectors:
        assert (
            len([labels for labels in pods.values() if selector.items() <= labels.items()]) == 1
        ), name


@given(percent=st.integers(0, 100), router=st.sampled_from(["istio", "gateway"]))
def test_shares_are_whole(percent: int, router: str) -> None:
    made = record(ModelServer, "ranker", CANARY | {"router": router, "canary_percent": percent})
    spec = _spec(made, "ranker-route")
    if router == "istio":
        routes = spec["http"][-1]["route"]
        shares = {r["destination"]["host"].partition(".")[0]: r["weight"] for r in routes}
    else:
        shares = {r["name"]: r["weight"] for r in spec["rules"][-1]["backendRefs"]}
    assert shares == {"ranker-1-2-0": 100 - percent, "ranker-1-3-0": percent}


@pytest.mark.parametrize(
    ("cookies", "goes"),
    [
        ("team=a.b", True),
        ("x=1; team=c", True),
        ("team=c; x=1", True),
        ("x=1;team=c;y=2", True),
        ("team=aXb", False),
        ("team=cc", False),
        ("myteam=c", False),
        ("x=team=c", False),
        ("", False),
    ],
)
def test_a_cookie_among_others(cookies: str, goes: bool) -> None:  # noqa: FBT001 - a case
    match = _spec(record(ModelServer, "ranker", AB), "ranker-route")["http"][0]["match"]
    pattern = match[0]["headers"]["cookie"]["regex"]
    # As a whole match, and as a search: proxies differ.
    assert bool(re.fullmatch(pattern, cookies)) == goes
    assert bool(re.search(pattern, cookies)) == goes


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}", fullmatch=True))
def test_a_versions_name_is_part_of_a_dns_label(version: str) -> None:
    made = slug(version)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", made)
    assert len(made) <= 20
    assert slug(version.upper()) == made or len(version) > 20


def test_long_versions_keep_names_of_their_own() -> None:
    commits = [f"{'a' * 39}{digit}" for digit in "01"]
    assert len({slug(commit) for commit in commits}) == 2


def test_grpc_goes_the_same_ways() -> None:
    ports = {"grpc_port": 9000, "canary_percent": 30}
    made = record(ModelServer, "ranker", CANARY | ports | {"router": "gateway"})
    http, grpc = (_spec(made, f"ranker-{role}") for role in ("route", "grpc-route"))
    assert [spec["parentRefs"][0]["port"] for spec in (http, grpc)] == [80, 9000]
    for one, other in zip(http["rules"], grpc["rules"], strict=True):
        assert [(each["name"], each["weight"]) for each in one["backendRefs"]] == [
            (each["name"], each["weight"]) for each in other["backendRefs"]
        ]
        assert {each["port"] for each in other["backendRefs"]} == {9000}
    header = [{"type": "Exact", "name": "x-canary", "value": "true"}]
    assert grpc["rules"][0]["matches"] == [{"headers": header}]
    # Istio's rules are for every port, and leave a request the one that it was meant for.
    routes = _spec(record(ModelServer, "ranker", CANARY | ports), "ranker-route")["http"]
    assert all("port" not in each["destination"] for rule in routes for each in rule["route"])


def test_copies_are_made_only_of_a_share() -> None:
    shadow = BESIDE | {"strategy": "shadow", "router": "gateway"}
    (none,) = _spec(record(ModelServer, "ranker", shadow), "ranker-route")["rules"]
    assert "filters" not in none
    shown = record(ModelServer, "ranker", shadow | {"canary_percent": 100})
    (rule,) = _spec(shown, "ranker-route")["rules"]
    assert rule["filters"][0]["requestMirror"]["percent"] == 100
    assert [each["name"] for each in rule["backendRefs"]] == ["ranker-1-2-0"]


def test_the_candidate_has_its_own_image_and_number_of_pods() -> None:
    own = f"registry.example/next@{DIGEST}"
    made = record(
        ModelServer,
        "ranker",
        CANARY
        | {
            "candidate_image": own,
            "candidate_min_replicas": 2,
            "min_replicas": 3,
            "max_replicas": 5,
        },
    )
    for suffix, image, least in (("1-2-0", IMAGE, 3), ("1-3-0", own, 2)):
        pod = _spec(made, f"ranker-deployment-{suffix}")["template"]["spec"]
        assert pod["containers"][0]["image"] == image
        assert _spec(made, f"ranker-autoscaler-{suffix}")["minReplicas"] == least


def test_a_part_is_called_by_its_own_unit_alone() -> None:
    parts = unit_parts(IMAGE)
    made = record(
        ModelServer,
        "ranker",
        BESIDE | {"strategy": "blue_green", "parts": parts, "mesh": "istio_sidecar"},
    )
    unit = {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "ranker"}}}
    assert _spec(made, "ranker-tokenizer-network-policy")["ingress"][0]["from"] == [unit]
    assert _spec(made, "ranker-network-policy")["ingress"][0]["from"] != [unit]
    for policy in ("ranker", "ranker-tokenizer", "ranker-reranker"):
        rules = _spec(made, f"{policy}-network-policy")["egress"]
        (found,) = [rule for rule in rules if rule["to"] == [unit]]
        assert {port["port"] for port in found["ports"]} == {8000, 9000}
        for suffix in ("1-2-0", "1-3-0"):
            template = _spec(made, f"{policy}-deployment-{suffix}")["template"]
            assert template["metadata"]["labels"]["app.kubernetes.io/part-of"] == "ranker"
            env = {
                each["name"]: each.get("value") for each in template["spec"]["containers"][0]["env"]
            }
            assert env["TOKENIZER_URL"] == f"http://ranker-tokenizer-{suffix}"
            assert env["MODEL_VERSION"] == suffix.replace("-", ".")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            CANDIDATE,
            "strategy: got 'rolling'; use blue_green, canary, ab, shadow beside a candidate",
        ),
        (
            CANDIDATE | {"strategy": "blue_green", "canary_percent": 50},
            "canary_percent: got 50; use 0 (or 100)",
        ),
        (
            CANDIDATE | {"strategy": "blue_green", "canary_percent": 51},
            "canary_percent: got 51; use 100 (or 0)",
        ),
        ({"strategy": "canary"}, "router: got None; use istio or gateway"),
        ({"strategy": "canary", "router": "istio", "canary_percent": 1}, "canary_percent: got 1"),
        (
            {"strategy": "shadow", "router": "istio", "mesh": "istio_ambient"},
            "router: got 'istio'; use gateway in an ambient mesh",
        ),
        (
            {"strategy": "canary", "router": "gateway", "host": "ranker.example.com"},
            "host: got 'ranker.example.com'; use gateway_name and gateway_namespace",
        ),
        (
            {"strategy": "canary", "router": "istio"},
            "router: got 'istio'; use mesh istio_sidecar, or host and gateway_name",
        ),
        (
            {"gateway_name": "public"},
            "gateway_name: got 'public'; use gateway_name and gateway_name",
        ),
        ({"strategy": "ab", "router": "istio", "ab_values": ["a"]}, "use either ab_header or ab_"),
        ({"strategy": "ab", "router": "istio", "ab_header": "x"}, "ab_values: got []; use 1 to 16"),
        (
            {"strategy": "ab", "router": "istio", "ab_header": "x", "ab_values": ["a|b"]},
            "ab_values: got 'a|b'; use letters",
        ),
        ({"ab_header": "x-team"}, "ab_header: got 'x-team'; use strategy ab"),
        (
            CANDIDATE
            | {"strategy": "ab", "router": "istio", "ab_header": "x", "ab_values": ["a"]}
            | {"canary_percent": 1},
            "canary_percent: got 1; use 0 with strategy ab",
        ),
        (
            {"strategy": "ab", "router": "gateway", "ab_header": "x", "host": "a.example.com"}
            | {"gateway_name": "a", "gateway_namespace": "b"}
            | {"predict_paths": [f"/v{number}" for number in range(5)]}
            | {"ab_values": [f"v{number}" for number in range(13)]},
            "use at most 12 values with 5 predict_paths, or router istio",
        ),
        ({"share_owner": "rollout"}, "share_owner: got 'rollout'; use file"),
        ({"candidate_image": IMAGE}, "candidate_image: got"),
        (
            CANDIDATE | {"strategy": "blue_green", "candidate_min_replicas": 2},
            "candidate_min_replicas: got 2; use at most max_replicas (1)",
        ),
        (
            {"strategy": "blue_green", "candidate_version": "1-2-0", "candidate_uri": "s3://m/1/"},
            "candidate_version: got '1-2-0'; use a version that is spelled otherwise than 1.2.0",
        ),
        ({"parts": unit_parts(IMAGE)}, "strategy: got 'rolling'; use blue_green, canary, ab or"),
        ({"strategy": "blue_green", "parts": "tokenizer"}, "parts: got 'tokenizer'; use a list"),
        (
            {"strategy": "blue_green", "parts": [{"name": "To", "image": IMAGE}]},
            "parts[To].name: got 'To'; use a DNS label",
        ),
        (
            {"strategy": "blue_green", "parts": [{"name": "a", "image": "a:latest"}]},
            "parts[a].image: got 'a:latest'; use an image by its digest",
        ),
        (
            {"strategy": "blue_green", "parts": [{"name": "a", "image": IMAGE, "host": "a.b"}]},
            "parts[a].host: got 'a.b'; use one of",
        ),
        (
            {"strategy": "blue_green", "parts": [{"name": "a", "image": IMAGE, "cpu": 1000}]},
            "parts[a].cpu: got 1000; use",
        ),
        (
            {"strategy": "blue_green", "parts": unit_parts(IMAGE)},
            "parts[tokenizer].candidate_image: got",
        ),
        (
            CANDIDATE
            | {"strategy": "blue_green", "candidate_version": "a-1.2.0"}
            | {"parts": [{"name": "a", "image": IMAGE}]},
            "parts: got 'ranker-a-1-2-0'; use parts and versions whose objects have names",
        ),
    ],
)
def test_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(ModelServer, "ranker", MINIMAL | changes)
    assert said in str(raised.value)


@pytest.fixture
def site(tmp_path: Path) -> Project:
    return project(tmp_path)


_NEXT = {"uri": "s3://models/ranker/1.3.0/", "version": "1.3.0"}
_BESIDE = changed(MODEL_SERVER, candidate=_NEXT, strategy="canary")


def _with_cluster(site: Project, **keys: object) -> None:
    site.environment(targets=TARGETS | {"kubernetes": {"context": "serving-dev", **keys}})


def test_the_router_is_the_clusters(site: Project) -> None:
    _with_cluster(site, router="gateway", gateway_name="public", gateway_namespace="gateways")
    site.model("ranker", changed(_BESIDE, host="a.example.com", rollout={"owner": "rollout"}))
    made = targets.arguments(site.root, site.load(), "ranker")
    assert (
        made.items()
        >= {
            "strategy": "canary",
            "router": "gateway",
            "gateway_name": "public",
            "gateway_namespace": "gateways",
            "share_owner": "rollout",
        }.items()
    )
    site.model("ranker", MODEL_SERVER)
    plain = targets.arguments(site.root, site.load(), "ranker")
    assert not plain.keys() & {"router", "gateway_name", "gateway_namespace", "share_owner"}


def test_istio_without_proxies(site: Project) -> None:
    site.model("ranker", changed(_BESIDE, router="istio"))
    _with_cluster(site)
    (nobody,) = site.problems()
    assert (nobody.code, nobody.key) == ("MS0212", "router")
    outside = {"host": "a.example.com", "gateway_name": "a", "gateway_namespace": "b"}
    site.model("ranker", changed(_BESIDE, router="istio", **outside))
    assert site.problems() == []
    site.model("ranker", changed(_BESIDE, router="istio"))
    _with_cluster(site, mesh="istio_sidecar")
    assert site.problems() == []


def test_istio_in_an_ambient_mesh(site: Project) -> None:
    _with_cluster(site, router="istio", mesh="istio_ambient")
    site.model("ranker", _BESIDE)
    (problem,) = site.problems()
    assert (problem.code, problem.allowed) == ("MS0212", "gateway")
    site.model("ranker", changed(_BESIDE, router="gateway"))
    assert site.problems() == []
    # Without a strategy that needs it, nobody asks for the router.
    site.model("ranker", MODEL_SERVER)
    assert site.problems() == []


def test_parts_in_the_file(site: Project) -> None:
    image = MODEL_SERVER["model"]["image"]
    parts = {
        "tokenizer": {"image": image, "resources": {"cpu": 0.5}, "env": {"A": "b"}},
        "reranker": {"image": image, "uri": "s3://models/reranker/1.0.0/", "max_replicas": 5},
    }
    unit = changed(MODEL_SERVER, strategy="blue_green", parts=parts)
    site.model("ranker", unit)
    made = targets.arguments(site.root, site.load(), "ranker")["parts"]
    assert [part["name"] for part in made] == ["reranker", "tokenizer"]
    assert made[1].items() >= {"cpu": 0.5, "env": {"A": "b"}, "image": image}.items()
    assert record(ModelServer, "ranker", targets.arguments(site.root, site.load(), "ranker"))

    site.model("ranker", changed(unit, parts__tokenizer__image="tokenizer:latest"))
    (tag,) = site.problems()
    assert (tag.code, tag.key) == ("MS0202", "parts.tokenizer.image")
    site.model("ranker", changed(unit, parts__tokenizer__candidate_image=image))
    (early,) = site.problems()
    assert (early.code, early.key) == ("MS0203", "parts.tokenizer.candidate_image")


def test_the_unit_may_read_the_artifacts_of_its_parts(site: Project) -> None:
    _with_cluster(site, identity="eks_pod_identity")
    part = {"image": MODEL_SERVER["model"]["image"], "uri": "s3://models/reranker/1.0.0/"}
    site.model("ranker", changed(MODEL_SERVER, strategy="blue_green", parts={"reranker": part}))
    found = targets.identity(site.load(), "ranker")
    assert found is not None
    assert found.arguments["artifact_uris"] == [MODEL_SERVER["model"]["uri"], part["uri"]]


def test_the_candidates_image_is_pinned(site: Project) -> None:
    site.model("ranker", changed(_BESIDE, router="gateway", candidate__image="next:latest"))
    (problem,) = site.problems()
    assert (problem.code, problem.key) == ("MS0202", "candidate.image")
    image = f"registry.example/next@{DIGEST}"
    site.model("ranker", changed(_BESIDE, router="gateway", candidate__image=image))
    made = targets.arguments(site.root, site.load(), "ranker")
    assert made["candidate_image"] == image
