"""Who may reach a model server's pods and whom they reach: by addresses, and by name in a mesh."""

import itertools
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.checks import Checks
from components.kubernetes.mesh import authorization_policy
from components.kubernetes.network import Access, fetches, network_policy, read_access

_KEYS = ("callers", "egress", "storage_cidrs", "mesh", "ingress_namespace", "metrics_namespace")
_SELECTOR = {"app": "ranker"}
_MESHES = ("none", "istio_sidecar", "istio_ambient")
Rule = dict[str, Any]


def _access(**args: object) -> Access:
    checks = Checks("ModelServer", "ranker", args, _KEYS)
    access = read_access(checks, usual_ingress_namespace="istio-system")
    checks.raise_problems()
    return access


def _policy(access: Access, **more: Any) -> Rule:  # noqa: ANN401 - the function's own arguments
    made = network_policy(
        "ranker", "models", {}, selector=_SELECTOR, access=access, ports=[8000], **more
    )
    return made["spec"]


def _rights(access: Access, **more: Any) -> list[Rule]:  # noqa: ANN401 - the function's arguments
    made = authorization_policy(
        "ranker", "models", {}, selector=_SELECTOR, access=access, ports=[8000], **more
    )
    assert made["spec"]["action"] == "ALLOW"
    return made["spec"]["rules"]


def _namespaces(rules: list[Rule], key: str) -> set[str]:
    return {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for rule in rules
        for peer in rule[key]
        if "namespaceSelector" in peer
    }


def _ports(rule: Rule) -> set[int]:
    return {port["port"] for port in rule["ports"]}


def test_without_callers_the_namespaces_own_pods_may_call() -> None:
    spec = _policy(_access())
    requests, metrics = spec["ingress"]
    assert requests == {
        "from": [{"podSelector": {}}],
        "ports": [{"port": 8000, "protocol": "TCP"}],
    }
    assert _namespaces([metrics], "from") == {"monitoring"}
    assert spec["policyTypes"] == ["Ingress", "Egress"]


def test_named_callers_alone() -> None:
    access = _access(callers=["web", "jobs/nightly", "jobs/other"], mesh="istio_sidecar")
    spec = _policy(access, exposed=True)
    assert _namespaces(spec["ingress"], "from") == {"web", "jobs", "istio-system", "monitoring"}
    assert not [peer for rule in spec["ingress"] for peer in rule["from"] if peer == {}]
    callers = _rights(access)[0]["from"]
    assert callers == [
        {
            "source": {
                "principals": [
                    "cluster.local/ns/jobs/sa/nightly",
                    "cluster.local/ns/jobs/sa/other",
                ]
            }
        },
        {"source": {"namespaces": ["web"]}},
    ]


def test_the_gateway_is_let_in_only_where_requests_come_by_it() -> None:
    access = _access(ingress_namespace="ingress-nginx", mesh="istio_sidecar")
    assert "ingress-nginx" not in _namespaces(_policy(access)["ingress"], "from")
    assert "ingress-nginx" in _namespaces(_policy(access, exposed=True)["ingress"], "from")
    assert len(_rights(access, exposed=True)) == len(_rights(access)) + 1


def test_out_only_to_names_and_to_the_artifacts_store() -> None:
    names, store = _policy(_access())["egress"]
    assert _ports(names) == {53}
    assert _ports(store) == {443}
    assert [peer["ipBlock"]["cidr"] for peer in store["to"]] == ["0.0.0.0/0", "::/0"]
    # The node's metadata service is not among them.
    assert "169.254.0.0/16" in store["to"][0]["ipBlock"]["except"]
    assert len(_policy(_access(), https=False)["egress"]) == 1
    (_, narrow) = _policy(_access(storage_cidrs=["10.0.0.0/16"]))["egress"]
    assert narrow["to"] == [{"ipBlock": {"cidr": "10.0.0.0/16"}}]


def test_further_places() -> None:
    spec = _policy(_access(egress=["features:6566", "10.1.0.0/16:6379", "fd00:ec2::23/128:80"]))
    features, block, agent = spec["egress"][1:4]
    assert (_namespaces([features], "to"), _ports(features)) == ({"features"}, {6566})
    assert block == {
        "to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}],
        "ports": [{"port": 6379, "protocol": "TCP"}],
    }
    assert agent["to"] == [{"ipBlock": {"cidr": "fd00:ec2::23/128"}}]


def test_an_ambient_mesh_travels_by_its_own_port() -> None:
    spec = _policy(_access(mesh="istio_ambient", egress=["features:6566"]))
    *rules, probes = spec["ingress"]
    assert all(15008 in _ports(rule) for rule in rules)
    assert probes == {"from": [{"ipBlock": {"cidr": "169.254.7.127/32"}}]}
    assert _ports(spec["egress"][1]) == {6566, 15008}
    # Without a waypoint no rule may name methods or paths.
    operations = [
        to["operation"]
        for rule in _rights(_access(mesh="istio_ambient"), paths=["/v2/*"])
        for to in rule["to"]
    ]
    assert all(set(operation) == {"ports"} for operation in operations)


def test_a_sidecar_reaches_its_control_plane() -> None:
    spec = _policy(_access(mesh="istio_sidecar"))
    assert _namespaces(spec["egress"], "to") == {"kube-system", "istio-system"}
    assert "istio-system" not in _namespaces(_policy(_access())["egress"], "to")
    # Mutual TLS keeps a reader of metrics outside of the mesh from the server itself.
    assert _ports(spec["ingress"][1]) == {8000, 15020}


def test_requests_go_to_their_paths_and_metrics_are_read() -> None:
    requests, metrics = _rights(_access(mesh="istio_sidecar"), paths=["/v2/*"], metrics_ports=[81])
    assert requests["to"] == [
        {"operation": {"ports": ["8000"], "methods": ["GET", "POST"], "paths": ["/v2/*"]}}
    ]
    assert metrics["to"] == [
        {"operation": {"ports": ["81"], "methods": ["GET"], "paths": ["/metrics"]}}
    ]


@pytest.mark.parametrize(
    ("uri", "itself"),
    [
        ("s3://a/b", True),
        ("hf://a/b", True),
        ("pvc://claim/a", False),
        ("oci://registry/a", False),
        (object(), True),
    ],
)
def test_what_the_pod_fetches_itself(uri: object, *, itself: bool) -> None:
    assert fetches(uri) is itself


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"callers": ["web/checkout"]}, "callers: got 'web/checkout'; use web, or a mesh"),
        ({"callers": ["Web"]}, "callers: got 'Web'; use namespace or namespace/service-account"),
        ({"callers": ["a/b/c"], "mesh": "istio_sidecar"}, "callers: got 'a/b/c'"),
        ({"egress": ["features"]}, "egress: got 'features'; use namespace:port"),
        ({"egress": ["features:0"]}, "egress: got 'features:0'"),
        ({"egress": ["features:65536"]}, "egress: got 'features:65536'"),
        ({"egress": ["10.0.0.1/8:443"]}, "egress: got '10.0.0.1/8:443'"),
        ({"storage_cidrs": ["s3"]}, "storage_cidrs: got 's3'; use blocks of addresses"),
        ({"mesh": "linkerd"}, "mesh: got 'linkerd'; use one of"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _access(**change)
    assert problem in str(caught.value)


_LABEL = st.from_regex(r"[a-z]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)


@given(
    callers=st.lists(_LABEL, max_size=4),
    egress=st.lists(st.tuples(_LABEL, st.integers(1, 65_535)), max_size=4),
    mesh=st.sampled_from(_MESHES),
)
def test_nobody_and_nowhere_that_was_not_named(
    callers: list[str], egress: list[tuple[str, int]], mesh: str
) -> None:
    places = [f"{place}:{port}" for place, port in egress]
    spec = _policy(_access(callers=callers, egress=places, mesh=mesh), exposed=True)
    assert _namespaces(spec["ingress"], "from") == {*callers, "istio-system", "monitoring"}
    control = {"istio-system"} if mesh == "istio_sidecar" else set[str]()
    named = {place for place, _ in egress}
    assert _namespaces(spec["egress"], "to") == {*named, "kube-system", *control}
    # An empty peer is everybody.
    peers = itertools.chain(
        *(rule["from"] for rule in spec["ingress"]), *(rule["to"] for rule in spec["egress"])
    )
    assert all(peers)
