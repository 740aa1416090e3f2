"""The order in which node pools that stand in for each other are tried."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes.labels import MANAGED
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from facts.pools.groups import selector
from facts.pools.sharing import CLUSTERS

__all__ = ["GpuNodeFallback", "GpuNodeFallbackArgs"]

# Both names are the expander's, and the namespace is the autoscaler's own.
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/expander/priority/readme.md
_EXPANDER: Final = "cluster-autoscaler-priority-expander"
_NAMESPACE: Final = "kube-system"
# Room between two pools for patterns of the caller's own.
_STEP: Final = 10
_MOST_POOLS: Final = 50
# What Auto Scaling groups of EKS and scale sets of AKS are called; both have a part of their own,
# and Pulumi may have added seven digits to the name of an EKS node group.
_GROUP_NAMES: Final = {
    "eks": r"^eks-{pool}(-[0-9a-f]{{7}})?-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$",
    "aks": r"^aks-{pool}-[0-9]+-vmss$",
}
_LABEL: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
# https://cloud.google.com/kubernetes-engine/docs/reference/crds/computeclass
_WHEN_NONE: Final = {"wait": "DoNotScaleUp", "any_machine": "ScaleUpAnyway"}


class FallbackGroupArgs(TypedDict):
    """Node pools that stand in for each other."""

    group: str
    """Name by which pods choose the group: the label model-serving/pool-group of its nodes, on GKE
    the ComputeClass."""
    pools: list[str]
    """Names of the pools, in the order in which they are tried."""


class FurtherPatternArgs(TypedDict):
    """Auto Scaling groups or scale sets that are not of GPU pools."""

    pattern: str
    """Regular expression that finds their names."""
    priority: int
    """Their priority, from 1; the highest is tried first. A group's last pool has 10, the one
    before it 20."""


class GpuNodeFallbackArgs(TypedDict):
    """Flat arguments of `GpuNodeFallback`."""

    cluster: str
    """Kind of cluster: eks, gke or aks. Pools of Karpenter have weights of their own."""
    groups: list[FallbackGroupArgs]
    """All groups of the cluster: on EKS and AKS the autoscaler reads one order for all of them."""
    pool_names: NotRequired[dict[str, pulumi.Input[str]]]
    """By which name the cloud knows a pool, as the pools' own output `pool_name` says. Default: the
    pool's name; on EKS also with the digits that Pulumi adds."""
    further_patterns: NotRequired[list[FurtherPatternArgs]]
    """Further priorities for the autoscaler of EKS or AKS, which leaves out a group that no
    pattern finds while another one is found. Default: none."""
    when_none_fits: NotRequired[str]
    """What GKE does when no pool has room: wait, or any_machine, which may have no GPU. Default:
    wait."""
    move_back: NotRequired[bool]
    """Whether GKE moves pods to an earlier pool once that has room: they are evicted, as far as
    disruption budgets allow. Default: false."""


class GpuNodeFallback(pulumi.ComponentResource):
    """One ConfigMap for the priority expander of the cluster autoscaler; on GKE ComputeClasses.

    The autoscaler of EKS has to run with `--expander=priority`, the profile of AKS with
    `expander: priority`; both leave a pool alone for some minutes when it finds no machine. The
    provider makes a ConfigMap anew to change it; the autoscaler goes on with what it read last. On
    GKE the pools carry the class as label and taint: facts/pools/groups.py.
    """

    node_selectors: pulumi.Output[dict[str, str]]

    def __init__(
        self,
        name: str,
        args: GpuNodeFallbackArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("GpuNodeFallback", name, args, GpuNodeFallbackArgs.__annotations__)
        cluster = checks.choice("cluster", None, CLUSTERS)
        groups = _groups(checks, args.get("groups"))
        further = _further(checks, args.get("further_patterns"))
        when_none_fits = checks.choice("when_none_fits", "wait", _WHEN_NONE)
        move_back = checks.flag("move_back", default=False)
        names = args.get("pool_names") or {}
        _check_names(checks, names, groups)
        _check_words(checks, cluster)
        checks.raise_problems()
        super().__init__("model-serving:index:GpuNodeFallback", name, {}, opts)

        known = {pool: names.get(pool, pool) for pools in groups.values() for pool in pools}
        objects = (
            {
                group: _compute_class(
                    group,
                    [known[pool] for pool in pools],
                    _WHEN_NONE[when_none_fits],
                    move_back=move_back,
                )
                for group, pools in groups.items()
            }
            if cluster == "gke"
            else {"priorities": _priorities(cluster, groups, known, further)}
        )
        for role, made in objects.items():
            KubernetesObject(f"{name}-{role}", made, pulumi.ResourceOptions(parent=self))

        selectors = {
            group: ",".join(f"{key}={value}" for key, value in selector(cluster, group).items())
            for group in groups
        }
        self.node_selectors = pulumi.Output.from_input(selectors)
        self.register_outputs({"node_selectors": self.node_selectors})


def _groups(checks: Checks, asked: Sequence[FallbackGroupArgs] | None) -> dict[str, list[str]]:
    """The pools of each group, in order."""
    found: dict[str, list[str]] = {}
    taken: dict[str, str] = {}
    if not asked:
        checks.problem("groups", asked, "at least one group, with its pools in order")
    for index, each in enumerate(asked or ()):
        place = f"groups[{index}]"
        inner = Checks("", "", each, FallbackGroupArgs.__annotations__)
        group = inner.plain("group")
        if group and not re.fullmatch(_LABEL, group):
            inner.problem("group", group, "lower-case letters, digits and '-', at most 63 signs")
        elif group in found:
            inner.problem("group", group, "a name that no other group has")
        pools = inner.texts("pools", [])
        for pool in pools:
            if not re.fullmatch(_LABEL, pool):
                inner.problem("pools", pool, "names of pools: lower-case letters, digits and '-'")
        if not 0 < len(pools) <= _MOST_POOLS:
            inner.problem("pools", pools, f"1 to {_MOST_POOLS} names of pools")
        for pool in pools:
            if pool in taken:
                inner.problem("pools", pool, f"a pool of no other place: {taken[pool]} has it")
            taken[pool] = group
        found[group] = pools
        checks.take(place, inner)
    return found


def _further(checks: Checks, asked: Sequence[FurtherPatternArgs] | None) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for index, each in enumerate(asked or ()):
        inner = Checks("", "", each, FurtherPatternArgs.__annotations__)
        pattern = inner.plain("pattern")
        try:
            re.compile(pattern)
        except re.error as error:
            inner.problem("pattern", pattern, f"a regular expression ({error})")
        if not inner.given("priority"):
            inner.problem("priority", None, "a whole number from 1")
        found.append((inner.whole("priority", 1, 1, 1_000_000), pattern))
        checks.take(f"further_patterns[{index}]", inner)
    return found


def _check_names(
    checks: Checks, names: Mapping[str, pulumi.Input[str]], groups: Mapping[str, Sequence[str]]
) -> None:
    pools = {pool for listed in groups.values() for pool in listed}
    for pool, given in names.items():
        if pool not in pools:
            checks.problem("pool_names", pool, f"pools of the groups: {', '.join(sorted(pools))}")
        if isinstance(given, str) and not given:
            checks.problem(f"pool_names.{pool}", given, "the name by which the cloud knows it")


def _check_words(checks: Checks, cluster: str) -> None:
    """Refuse the words of another kind of cluster, which would do nothing."""
    if cluster == "gke":
        if checks.given("further_patterns"):
            checks.problem(
                "further_patterns", "a list", "nothing on GKE: a ComputeClass is of its group alone"
            )
        return
    for word in ("when_none_fits", "move_back"):
        if cluster and checks.given(word):
            checks.problem(word, "a value", f"nothing on {cluster}: only a ComputeClass has it")


def _priorities(
    cluster: str,
    groups: Mapping[str, Sequence[str]],
    names: Mapping[str, pulumi.Input[str]],
    further: Sequence[tuple[int, str]],
) -> Manifest:
    """One number for each place in an order; pods that choose a group see no other one's pools."""
    places = [
        (_STEP * (len(pools) - index), names[pool])
        for pools in groups.values()
        for index, pool in enumerate(pools)
    ]
    text = pulumi.Output.all(*(name for _, name in places)).apply(
        lambda known: _text(
            [
                *(
                    (priority, _GROUP_NAMES[cluster].format(pool=pool))
                    for (priority, _), pool in zip(places, known, strict=True)
                ),
                *further,
            ]
        )
    )
    return manifest("v1", "ConfigMap", _EXPANDER, _NAMESPACE, MANAGED, data={"priorities": text})


def _text(patterns: Sequence[tuple[int, str]]) -> str:
    """YAML: a list of patterns below each number, the highest first."""
    by_priority: dict[int, list[str]] = {}
    for priority, pattern in patterns:
        by_priority.setdefault(priority, []).append(pattern)
    return "".join(
        f"{priority}:\n" + "".join(f"  - {_quoted(pattern)}\n" for pattern in found)
        for priority, found in sorted(by_priority.items(), reverse=True)
    )


def _quoted(pattern: str) -> str:
    """In single quotes YAML changes nothing but a quote, which is written twice."""
    return "'" + pattern.replace("'", "''") + "'"


def _compute_class(
    group: str, pools: Sequence[pulumi.Input[str]], when_none: str, *, move_back: bool
) -> Manifest:
    spec: dict[str, Any] = {
        "priorities": [{"nodepools": [pool]} for pool in pools],
        "whenUnsatisfiable": when_none,
        "activeMigration": {"optimizeRulePriority": move_back},
        # Pools are declared: GKE makes none of its own, which nobody reviewed.
        "nodePoolAutoCreation": {"enabled": False},
    }
    return manifest("cloud.google.com/v1", "ComputeClass", group, None, MANAGED, spec=spec)
