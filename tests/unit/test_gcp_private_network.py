from typing import Any

import pulumi
import pytest

from components.gcp.gcp_private_network import GcpPrivateNetwork
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {"region": "europe-west4"}
_RULE = "gcp:compute/firewall:Firewall"
_ROUTE = "gcp:compute/route:Route"
_RECORD = "gcp:dns/recordSet:RecordSet"


def _made(**changes: object) -> Recorded:
    return record(GcpPrivateNetwork, "dev", MINIMAL | changes)


def test_the_subnet_has_room_for_nodes_services_and_pods() -> None:
    subnet = _made(cidr="10.0.0.0/16").inputs["dev-subnet"]
    assert subnet["ipCidrRange"] == "10.0.0.0/19"
    assert subnet["secondaryIpRanges"] == [
        {"rangeName": "pods", "ipCidrRange": "10.0.128.0/17"},
        {"rangeName": "services", "ipCidrRange": "10.0.32.0/19"},
    ]
    assert subnet["privateIpGoogleAccess"] is True
    assert subnet["logConfig"]["flowSampling"] == 0.5


def test_nothing_leaves_but_to_the_network_and_to_google() -> None:
    recorded = _made(environment="dev")
    rules = recorded.of(_RULE)
    assert {name: rule["destinationRanges"] for name, rule in rules.items()} == {
        "dev-deny-egress": ["0.0.0.0/0"],
        "dev-allow-network": ["10.64.0.0/16"],
        "dev-allow-google-apis": ["199.36.153.4/30"],
    }
    assert {rule["direction"] for rule in rules.values()} == {"EGRESS"}
    denied = rules.pop("dev-deny-egress")
    assert denied["denies"] == [{"protocol": "all"}]
    assert all(rule["priority"] < denied["priority"] for rule in rules.values())
    # The one route leads to Google: those that a network is born with are taken away.
    assert recorded.inputs["dev-network"]["deleteDefaultRoutesOnCreate"] is True
    assert {r["destRange"] for r in recorded.of(_ROUTE).values()} == {"199.36.153.4/30"}
    assert not recorded.of("gcp:compute/routerNat:RouterNat")


def test_googles_names_are_at_the_four_addresses() -> None:
    recorded = _made(services=["logs", "images"], private_domains=["run.app"])
    records = {(r["type"], r["name"]): r["rrdatas"] for r in recorded.of(_RECORD).values()}
    four = [f"199.36.153.{last}" for last in (4, 5, 6, 7)]
    assert records == {
        ("A", "restricted.googleapis.com."): four,
        ("CNAME", "*.googleapis.com."): ["restricted.googleapis.com."],
        **{("A", f"{domain}."): four for domain in ("pkg.dev", "gcr.io", "run.app")},
        **{
            ("CNAME", f"*.{domain}."): [f"{domain}."] for domain in ("pkg.dev", "gcr.io", "run.app")
        },
    }
    zones = recorded.of("gcp:dns/managedZone:ManagedZone").values()
    assert {zone["visibility"] for zone in zones} == {"private"}


def test_nearly_all_apis_are_at_other_addresses() -> None:
    recorded = _made(google_apis="private", services=["api"])
    records = [r["rrdatas"] for r in recorded.of(_RECORD).values() if r["type"] == "A"]
    assert records == [[f"199.36.153.{last}" for last in (8, 9, 10, 11)]]
    assert recorded.inputs["dev-google-apis"]["destRange"] == "199.36.153.8/30"


def test_the_internet_is_one_rule_one_route_and_a_translation() -> None:
    recorded = _made(internet=True)
    rule = recorded.inputs["dev-allow-internet"]
    assert rule["allows"] == [{"protocol": "tcp", "ports": ["443"]}]
    assert recorded.inputs["dev-internet"]["destRange"] == "0.0.0.0/0"
    nat = recorded.inputs["dev-nat"]
    assert nat["subnetworks"] == [
        {"name": "dev-subnet-id", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}
    ]


def test_each_interface_of_gpus_has_a_network_of_its_own() -> None:
    recorded = _made(gpu_network_count=4, gpu_network_cidr="172.16.0.0/16")
    outputs = recorded.outputs
    assert outputs["gpu_networks"] == [f"dev-gpu{n}-network-id" for n in (1, 2, 3, 4)]
    assert outputs["gpu_subnetworks"] == [f"dev-gpu{n}-subnet-id" for n in (1, 2, 3, 4)]
    assert recorded.inputs["dev-gpu1-network"]["mtu"] == 8244
    ranges = [recorded.inputs[f"dev-gpu{n}-subnet"]["ipCidrRange"] for n in (1, 2, 3, 4)]
    assert ranges == ["172.16.0.0/20", "172.16.16.0/20", "172.16.32.0/20", "172.16.48.0/20"]
    rule = recorded.inputs["dev-gpu4-allow-interface"]
    assert (rule["direction"], rule["sourceRanges"]) == ("INGRESS", ["172.16.48.0/20"])
    assert "dev-gpu5-network" not in recorded.types


@pytest.mark.parametrize("internet", [False, True])
def test_a_joined_network_gets_the_subnet_alone(*, internet: bool) -> None:
    recorded = _made(network="projects/shared/global/networks/hub", internet=internet)
    translation = {"dev-router", "dev-nat"} if internet else set[str]()
    assert set(recorded.types) == {"dev", "dev-subnet", *translation}
    assert recorded.outputs["network"] == "projects/shared/global/networks/hub"


def test_tags_are_labels_of_the_zones() -> None:
    recorded = _made(environment="dev", tags={"owner": "team-platform"})
    assert recorded.inputs["dev-googleapis-com"]["labels"] == {
        "model-serving-owner": "team-platform",
        "model-serving-environment": "dev",
    }


@pytest.mark.parametrize(("prefix", "fits"), [(8, False), (9, True), (19, True), (20, False)])
def test_the_range_has_room(prefix: int, *, fits: bool) -> None:
    if fits:
        _made(cidr=f"10.0.0.0/{prefix}")
        return
    with pytest.raises(pulumi.RunError, match="use a private range from /9 to /19"):
        _made(cidr=f"10.0.0.0/{prefix}")


def test_ranges_do_not_overlap() -> None:
    with pytest.raises(pulumi.RunError, match=r"use one that is not in 192\.168\.0\.0/16"):
        _made(cidr="192.168.0.0/16", gpu_network_count=1)
    _made(cidr="192.168.0.0/16")


def test_all_problems_come_at_once() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(
            GcpPrivateNetwork,
            "Dev",
            {
                "region": "europe-west4-a",
                "cidr": "8.8.0.0/16",
                "services": ["mail"],
                "private_domains": ["run.app."],
                "google_apis": "public",
                "internets": True,
                "gpu_network_count": 9,
                "gpu_network_cidr": "192.168.0.0/23",
            },
        )
    assert [line.split(";")[0].strip() for line in str(caught.value).splitlines()] == [
        "GcpPrivateNetwork Dev has 9 problems:",
        "internets: no such argument",
        "name: got 'Dev'",
        "region: got 'europe-west4-a'",
        "cidr: got '8.8.0.0/16'",
        "services: got 'mail'",
        "private_domains: got 'run.app.'",
        "google_apis: got 'public'",
        "gpu_network_count: got 9",
        "gpu_network_cidr: got '192.168.0.0/23'",
    ]
