"""Security: which pods may talk to which, and that somebody has said so."""

from typing import Final

from policies.pods import pods
from policies.properties import Property
from policies.rule import (
    Faults,
    Level,
    NoSettings,
    Severity,
    Unknown,
    resource_rule,
    stack_rule,
)
from policies.view import Stack, View
from policies.workloads import WORKLOADS, labels, namespace, perhaps_same, selects

NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
# Policies of others, whose selectors are their own language: one in the namespace counts.
_OTHERS: Final = (
    "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
    "kubernetes:crd.projectcalico.org/v1:NetworkPolicy",
    "kubernetes:projectcalico.org/v3:NetworkPolicy",
)
_OF_CLUSTER: Final = (
    "kubernetes:cilium.io/v2:CiliumClusterwideNetworkPolicy",
    "kubernetes:crd.projectcalico.org/v1:GlobalNetworkPolicy",
    "kubernetes:policy.networking.k8s.io/v1alpha1:AdminNetworkPolicy",
    "kubernetes:projectcalico.org/v3:GlobalNetworkPolicy",
)
_ANYWHERE: Final = ("0.0.0.0/0", "::/0")


@stack_rule(
    "security/network-policy-missing",
    severity=Severity.HIGH,
    types=(*WORKLOADS, NETWORK_POLICY),
    fix="Add a NetworkPolicy that denies all in the namespace, and one that lets this server's "
    "callers in.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def network_policy_missing(stack: Stack, _settings: NoSettings) -> Faults:
    """Every pod of the cluster may call a server.

    No NetworkPolicy of the stack selects its pods; one that selects all of the namespace does.
    Where another stack has them, exempt the server, or keep the policy beside it. Pods in the
    node's network have none. https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """
    if stack.of(*_OF_CLUSTER):
        return
    # Read once: a stack may have as many policies as servers.
    policies = [(namespace(one), one) for one in stack.of(NETWORK_POLICY) if _guards(one)]
    others = [namespace(one) for one in stack.of(*_OTHERS)]
    for view in stack.of(*WORKLOADS):
        mine = namespace(view)
        if any(perhaps_same(one, mine) for one in others):
            continue
        near = [one for theirs, one in policies if perhaps_same(theirs, mine)]
        for pod in pods(view):
            found = labels(view, pod)
            place = pod.metadata.get("labels")
            outside = pod.spec.get("hostNetwork")
            if found is None or outside.flag() or outside.unknown:
                continue
            if not any(selects(one.get("spec", "podSelector"), found) for one in near):
                yield Stack.fault(view, place, "labels that a NetworkPolicy of the stack selects")


def _guards(policy: View) -> bool:
    """Whether it is about who may call: policies are, unless they name Egress alone."""
    kinds = policy.get("spec", "policyTypes")
    named = [kind.text() for kind in kinds.items()]
    return not named or any(kind in ("Ingress", None) for kind in named)


@resource_rule(
    "security/network-policy-open",
    severity=Severity.MEDIUM,
    types=(NETWORK_POLICY,),
    fix="Name who may call, or be called, or the ports.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def network_policy_open(view: View, _settings: NoSettings) -> Faults:
    """A NetworkPolicy lets everything through.

    A rule that names neither peers nor ports allows all, whatever other policies deny: they add up.
    So does one for all addresses, or for all namespaces, on all ports.
    """
    for way, peers in (("ingress", "from"), ("egress", "to")):
        for rule in view.get("spec", way).items():
            ports, others = rule.get("ports"), rule.get(peers)
            # Asked in this order: what is unknown is noted as not judged.
            if rule.absent or rule.unknown or ports.items() or ports.unknown:
                continue
            listed = others.items()
            if not listed and not others.unknown:
                yield rule.fault(f"{peers}, or ports")
            for peer in listed:
                if _is_everybody(peer):
                    yield peer.fault("a narrower peer, or ports beside it")


def _is_everybody(peer: Property) -> bool:
    if peer.absent or peer.unknown:
        return False
    block, spaces = peer.get("ipBlock"), peer.get("namespaceSelector")
    if not block.absent:
        return block.get("cidr").text() in _ANYWHERE and block.get("except").absent
    if spaces.absent or spaces.unknown or not peer.get("podSelector").absent:
        return False
    return not spaces.values()


RULES = (
    network_policy_missing,
    network_policy_open,
)
