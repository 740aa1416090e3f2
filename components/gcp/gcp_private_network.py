"""A network on Google Cloud whose machines reach Google's services, and nothing else.

Google's APIs, Artifact Registry and GKE's own images answer at four addresses that only Google's
network routes. Names below their domains resolve to those, one route leads there, and the firewall
lets nothing else out: https://cloud.google.com/vpc/docs/configure-private-google-access and
https://cloud.google.com/vpc-service-controls/docs/set-up-private-connectivity
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.gcp.gpu_networks import MOST_GPU_NETWORKS, gpu_networks, read_gpu_range
from components.gcp.names import REGION
from components.serving import check_name
from components.tags import read_tags
from facts import tags as vocabulary
from facts.addresses import is_private

__all__ = ["GcpPrivateNetwork", "GcpPrivateNetworkArgs"]

_DEFAULT_CIDR: Final = "10.64.0.0/16"
# From room for 16 nodes to half of the largest private range.
_SMALLEST, _LARGEST = 19, 9
_APIS: Final = {
    "restricted": ("restricted.googleapis.com", "199.36.153.4/30"),
    "private": ("private.googleapis.com", "199.36.153.8/30"),
}
_HOST: Final = "googleapis.com"
# What a model needs, and the domains below which Google answers it. Nodes need the APIs whatever
# is asked for.
_DOMAINS: Final = {
    "api": (_HOST,),
    "artifacts": (_HOST,),
    "identity": (_HOST,),
    "images": ("pkg.dev", "gcr.io"),
    "logs": (_HOST,),
}
_EVERYWHERE: Final = "0.0.0.0/0"
_TTL_SECONDS: Final = 300
# pulumi-gcp's shortest limit of what is named here is 63, less the longest role and Pulumi's 8.
_LONGEST_NAME: Final = 40


class GcpPrivateNetworkArgs(TypedDict):
    """Flat arguments of `GcpPrivateNetwork`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`. Default: not said."""
    region: str
    """Region of the subnet, which spans its zones."""
    cidr: NotRequired[str]
    """Private range of addresses, /9 to /19: the first eighth is for nodes, the second for
    Kubernetes' services, the upper half for pods, of which each node takes 256 addresses.
    Default: 10.64.0.0/16, which has room for 128 nodes."""
    services: NotRequired[list[str]]
    """What is reached privately: api, artifacts, identity, images, logs. Default: all of them."""
    private_domains: NotRequired[list[str]]
    """Further domains of Google's that resolve to the same addresses, such as `run.app`.
    Default: none."""
    google_apis: NotRequired[str]
    """restricted: the APIs that VPC Service Controls know, so that nothing leaves a perimeter
    through another one; or private: nearly all. Default: restricted."""
    internet: NotRequired[bool]
    """Whether machines reach the internet by HTTPS, through address translation; nothing reaches
    them from there. Default: false."""
    network: NotRequired[pulumi.Input[str]]
    """Network to join: only the subnet, and with `internet` its address translation, are made in
    it; routes, firewall and names stay its owner's. Default: a network of its own."""
    gpu_network_count: NotRequired[int]
    """Networks between the GPUs of several machines: 4 for GPUDirect-TCPX, 8 for TCPXO; of RDMA
    GKE makes its own. Default: 0."""
    gpu_network_cidr: NotRequired[str]
    """Private range of addresses of all of those, /22 or larger. Default: 192.168.0.0/16."""
    tags: NotRequired[dict[str, str]]
    """Labels of what can have them, which is the DNS zones. Default: none."""


@dataclass(frozen=True, slots=True)
class _Ranges:
    nodes: str
    pods: str
    services: str


class GcpPrivateNetwork(pulumi.ComponentResource):
    """Network, subnet with ranges for pods and services, names, routes and firewall."""

    network: pulumi.Output[str]
    subnetwork: pulumi.Output[str]
    pods_range: pulumi.Output[str]
    services_range: pulumi.Output[str]
    region: pulumi.Output[str]
    cidr: pulumi.Output[str]
    gpu_networks: pulumi.Output[list[str]]
    gpu_subnetworks: pulumi.Output[list[str]]

    def __init__(
        self,
        name: str,
        args: GcpPrivateNetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("GcpPrivateNetwork", name, args, GcpPrivateNetworkArgs.__annotations__)
        check_name(checks, name, _LONGEST_NAME)
        checks.text("region", REGION, "a region, such as europe-west4")
        cidr = _cidr(checks)
        domains = _domains(checks)
        host, addresses = _APIS[checks.choice("google_apis", "restricted", _APIS)]
        internet = checks.flag("internet", default=False)
        checks.optional_text("network", r".+", "a network's name, id or link")
        interfaces = checks.whole("gpu_network_count", 0, 0, MOST_GPU_NETWORKS)
        gpu_range = read_gpu_range(checks, "gpu_network_cidr")
        if interfaces and gpu_range.overlaps(cidr):
            checks.problem("gpu_network_cidr", str(gpu_range), f"one that is not in {cidr}")
        labels = vocabulary.google(read_tags(checks))
        checks.raise_problems()
        super().__init__("model-serving:index:GcpPrivateNetwork", name, {}, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)

        ranges = _split(cidr)
        network: pulumi.Input[str] = args.get("network") or self._own_network()
        subnet = gcp.compute.Subnetwork(
            f"{name}-subnet",
            network=network,
            region=args["region"],
            ip_cidr_range=ranges.nodes,
            secondary_ip_ranges=[
                {"range_name": "pods", "ip_cidr_range": ranges.pods},
                {"range_name": "services", "ip_cidr_range": ranges.services},
            ],
            # Without an address of its own a machine reaches Google's APIs by this alone.
            private_ip_google_access=True,
            log_config={
                "aggregation_interval": "INTERVAL_5_MIN",
                "flow_sampling": 0.5,
                "metadata": "INCLUDE_ALL_METADATA",
            },
            opts=self._child,
        )
        if "network" not in args:
            self._way_to_google(network, addresses)
            self._names(network, domains, host, addresses, labels)
            self._firewall(network, str(cidr), addresses, internet=internet)
        if internet:
            self._way_out(network, subnet, args["region"], own="network" not in args)

        networks, subnets = gpu_networks(
            name, count=interfaces, addresses=gpu_range, region=args["region"], parent=self
        )
        self.gpu_networks = pulumi.Output.all(*networks)
        self.gpu_subnetworks = pulumi.Output.all(*subnets)

        self.network = pulumi.Output.from_input(network)
        self.subnetwork = subnet.id
        self.pods_range = pulumi.Output.from_input("pods")
        self.services_range = pulumi.Output.from_input("services")
        self.region = pulumi.Output.from_input(args["region"])
        self.cidr = pulumi.Output.from_input(str(cidr))
        self.register_outputs(
            {
                "network": self.network,
                "subnetwork": self.subnetwork,
                "pods_range": self.pods_range,
                "services_range": self.services_range,
                "region": self.region,
                "cidr": self.cidr,
                "gpu_networks": self.gpu_networks,
                "gpu_subnetworks": self.gpu_subnetworks,
            }
        )

    def _own_network(self) -> pulumi.Output[str]:
        network = gcp.compute.Network(
            f"{self._name}-network",
            auto_create_subnetworks=False,
            # What leads out is a route of ours, so that it can come and go.
            delete_default_routes_on_create=True,
            opts=self._child,
        )
        return network.id

    def _way_to_google(self, network: pulumi.Input[str], addresses: str) -> None:
        gcp.compute.Route(
            f"{self._name}-google-apis",
            network=network,
            dest_range=addresses,
            # The gateway's name notwithstanding, these addresses never leave Google's network.
            next_hop_gateway="default-internet-gateway",
            opts=self._child,
        )

    def _names(
        self,
        network: pulumi.Input[str],
        domains: Sequence[str],
        host: str,
        addresses: str,
        labels: dict[str, str],
    ) -> None:
        four = [str(each) for each in ipaddress.ip_network(addresses)]
        for domain in domains:
            role = f"{self._name}-{domain.replace('.', '-')}"
            zone = gcp.dns.ManagedZone(
                role,
                description=f"Names below {domain}, at the addresses of {host}",
                dns_name=f"{domain}.",
                visibility="private",
                private_visibility_config={"networks": [{"network_url": network}]},
                labels=labels,
                opts=self._child,
            )
            # The APIs' zone has the host itself, the others the domain.
            at = f"{host}." if domain == _HOST else f"{domain}."
            for kind, record, values in (("A", at, four), ("CNAME", f"*.{domain}.", [at])):
                gcp.dns.RecordSet(
                    f"{role}-{kind.lower()}",
                    managed_zone=zone.name,
                    name=record,
                    type=kind,
                    ttl=_TTL_SECONDS,
                    rrdatas=values,
                    opts=self._child,
                )

    def _firewall(
        self, network: pulumi.Input[str], cidr: str, addresses: str, *, internet: bool
    ) -> None:
        """Nothing goes out but what is named; in comes what GKE itself opens for its cluster."""
        gcp.compute.Firewall(
            f"{self._name}-deny-egress",
            network=network,
            direction="EGRESS",
            destination_ranges=[_EVERYWHERE],
            priority=65_000,
            denies=[{"protocol": "all"}],
            # What a pod tried in vain is found there.
            log_config={"metadata": "INCLUDE_ALL_METADATA"},
            opts=self._child,
        )
        allowed: list[tuple[str, str, str, list[str] | None]] = [
            ("network", cidr, "all", None),
            ("google-apis", addresses, "tcp", ["443"]),
        ]
        if internet:
            allowed.append(("internet", _EVERYWHERE, "tcp", ["443"]))
        for role, to, protocol, ports in allowed:
            gcp.compute.Firewall(
                f"{self._name}-allow-{role}",
                network=network,
                direction="EGRESS",
                destination_ranges=[to],
                priority=1_000,
                allows=[gcp.compute.FirewallAllowArgs(protocol=protocol, ports=ports)],
                opts=self._child,
            )

    def _way_out(
        self,
        network: pulumi.Input[str],
        subnet: gcp.compute.Subnetwork,
        region: str,
        *,
        own: bool,
    ) -> None:
        if own:
            gcp.compute.Route(
                f"{self._name}-internet",
                network=network,
                dest_range=_EVERYWHERE,
                next_hop_gateway="default-internet-gateway",
                opts=self._child,
            )
        router = gcp.compute.Router(
            f"{self._name}-router", network=network, region=region, opts=self._child
        )
        gcp.compute.RouterNat(
            f"{self._name}-nat",
            router=router.name,
            region=region,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[{"name": subnet.id, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
            log_config={"enable": True, "filter": "ERRORS_ONLY"},
            opts=self._child,
        )


def _cidr(checks: Checks) -> ipaddress.IPv4Network:
    text = checks.plain("cidr", _DEFAULT_CIDR)
    use = f"a private range from /{_LARGEST} to /{_SMALLEST}, such as {_DEFAULT_CIDR}"
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError:
        checks.problem("cidr", text, use)
        return ipaddress.IPv4Network(_DEFAULT_CIDR)
    if not is_private(text) or not _LARGEST <= found.prefixlen <= _SMALLEST:
        checks.problem("cidr", text, use)
        return ipaddress.IPv4Network(_DEFAULT_CIDR)
    return found


def _split(cidr: ipaddress.IPv4Network) -> _Ranges:
    nodes, services, *_ = cidr.subnets(prefixlen_diff=3)
    _, pods = cidr.subnets(prefixlen_diff=1)
    return _Ranges(str(nodes), str(pods), str(services))


def _domains(checks: Checks) -> list[str]:
    """Each once; the APIs' first, without which no node gets ready."""
    found = [_HOST]
    for service in checks.texts("services", list(_DOMAINS)):
        if service not in _DOMAINS:
            checks.problem("services", service, f"words of {', '.join(_DOMAINS)}")
        found += _DOMAINS.get(service, ())
    for domain in checks.texts("private_domains", []):
        if not re.fullmatch(r"([a-z0-9][-a-z0-9]*\.)+[a-z]+", domain):
            checks.problem("private_domains", domain, "a domain without a dot at its end")
        found.append(domain)
    return list(dict.fromkeys(found))
