"""Compute Engine's networks and what is in them."""

import ipaddress
import random
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call, hexadecimal, moment
from sandbox.clouds.gcp.kind import LOWER, Identity, Kind

__all__ = ["FIREWALL", "KINDS", "NETWORK", "SUBNETWORK"]

NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
FIREWALL = "gcp:compute/firewall:Firewall"
ROUTER = "gcp:compute/router:Router"
ROUTE = "gcp:compute/route:Route"
_CLUSTER = "gcp:container/cluster:Cluster"
_PAGE = "https://cloud.google.com/compute/docs/reference/rest/v1"
_ROUTER = {"network": "network"}


def _numeric() -> str:
    return str(random.randint(10**18, 9 * 10**18))  # noqa: S311 - no secret


def _network_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    del identity
    before = call.previous.outputs if call.previous is not None else {}
    number = before.get("numericId") or _numeric()
    return {
        "gatewayIpv4": "",
        "networkId": number,
        "numericId": number,
        "autoCreateSubnetworks": call.inputs.get("autoCreateSubnetworks", True),
        "routingMode": call.inputs.get("routingMode") or "REGIONAL",
        "mtu": call.inputs.get("mtu") or 0,
    }


def _subnetwork_constraints(call: Call) -> list[Problem]:
    found: list[Problem] = []
    text: Any = call.inputs.get("ipCidrRange")
    if isinstance(text, str) and text:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            reason = f'got "{text}": {error}; use a range such as 10.0.0.0/20 ({_PAGE}/subnetworks)'
            found.append(Problem("ipCidrRange", reason))
    return found


def _subnetwork_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    text: Any = call.inputs.get("ipCidrRange")
    gateway = ""
    if isinstance(text, str) and text:
        gateway = str(ipaddress.ip_network(text, strict=False).network_address + 1)
    before = call.previous.outputs if call.previous is not None else {}
    return {
        "creationTimestamp": before.get("creationTimestamp") or moment(),
        "fingerprint": hexadecimal(12),
        "gatewayAddress": gateway,
        "ipv6CidrRange": "",
        "ipv6GceEndpoint": "",
        "state": "",
        "subnetworkId": before.get("subnetworkId") or int(_numeric()),
        "region": identity.place,
        "purpose": call.inputs.get("purpose") or "PRIVATE",
        "stackType": call.inputs.get("stackType") or "IPV4_ONLY",
    }


def _firewall_constraints(call: Call) -> list[Problem]:
    if call.inputs.get("allows") is None and call.inputs.get("denies") is None:
        return [Problem("allows", f"missing; give allows or denies ({_PAGE}/firewalls)")]
    return []


def _address_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    before = call.previous.outputs if call.previous is not None else {}
    external = call.inputs.get("addressType", "EXTERNAL") == "EXTERNAL"
    made = f"{34 if external else 10}.{int(hexadecimal(4), 16) % 256}.0.9"
    return {
        "address": call.inputs.get("address") or before.get("address") or made,
        "addressId": before.get("addressId") or _numeric(),
        "creationTimestamp": before.get("creationTimestamp") or moment(),
        "labelFingerprint": hexadecimal(12),
        "region": identity.place,
        "users": [],
    }


_IN_NETWORK = {"network": "network", "subnetwork": "subnetwork"}

KINDS = {
    NETWORK: Kind(
        naming=LOWER,
        outputs=_network_outputs,
        users={
            SUBNETWORK: "network",
            FIREWALL: "network",
            ROUTER: "network",
            ROUTE: "network",
        },
    ),
    SUBNETWORK: Kind(
        naming=LOWER,
        references=_ROUTER,
        constraints=_subnetwork_constraints,
        outputs=_subnetwork_outputs,
        users={_CLUSTER: "subnetwork"},
    ),
    FIREWALL: Kind(
        references={
            "network": "network",
            "sourceServiceAccounts.[]": "account",
            "targetServiceAccounts.[]": "account",
        },
        constraints=_firewall_constraints,
    ),
    ROUTER: Kind(naming=LOWER, references=_ROUTER),
    "gcp:compute/address:Address": Kind(references=_IN_NETWORK, outputs=_address_outputs),
    "gcp:compute/globalAddress:GlobalAddress": Kind(references=_ROUTER, outputs=_address_outputs),
    "gcp:compute/instance:Instance": Kind(
        references={
            "networkInterfaces.[].network": "network",
            "networkInterfaces.[].subnetwork": "subnetwork",
            "serviceAccount.email": "account",
        }
    ),
    ROUTE: Kind(references=_ROUTER),
    "gcp:servicenetworking/connection:Connection": Kind(references=_ROUTER),
    "gcp:vpcaccess/connector:Connector": Kind(references=_ROUTER),
    **{
        f"gcp:compute/{name[0].lower()}{name[1:]}:{name}": Kind(naming=LOWER)
        for name in (
            *("BackendService", "HttpHealthCheck", "HttpsHealthCheck", "RouterNat"),
            *("SecurityPolicy", "TargetHttpProxy", "TargetHttpsProxy", "URLMap"),
        )
    },
}
