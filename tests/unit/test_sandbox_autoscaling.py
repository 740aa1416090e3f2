"""The autoscaler's stand-in: what keeps a pod off a pool, who is tried first, what is short."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.autoscaling import Pod, Template, decide, pending, templates, unfit
from sandbox.autoscaling.karpenter import allows
from sandbox.autoscaling.node import Taint
from sandbox.autoscaling.pods import amount
from sandbox.console import main
from sandbox.store import Row, Shortage, Store

GPU = "nvidia.com/gpu"
CONTEXT = "serving-dev"
TAINT = Taint(GPU, "present", "NoSchedule")
TOLERATED = {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}
POD = Pod("Deployment default/chat", {GPU: 1.0, "cpu": 2.0}, {"pool": "l4"}, (), (TOLERATED,))
POOL = Template(
    pool="l4",
    scaler="cluster-autoscaler",
    cloud="eks",
    cluster=CONTEXT,
    known_as="eks-l4-1",
    labels={"pool": "l4", "zone": "a"},
    taints=(TAINT,),
    resources={GPU: 1.0, "cpu": 4.0},
    machines=("g6.xlarge",),
    zones=("eu-west-1a",),
    capacity="on_demand",
    most=2,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


def test_a_pod_that_fits() -> None:
    assert unfit(POOL, POD) == []


@pytest.mark.parametrize(
    ("pool", "pod", "reason"),
    [
        ({"labels": {}}, {}, "label pool=l4 missing"),
        ({"labels": {"pool": "h100"}}, {}, "label pool=l4 missing, it is h100"),
        ({"resources": {"cpu": 4.0}}, {}, f"no GPU of that resource: {GPU}"),
        ({"resources": {GPU: 0.0}}, {}, f"no GPU of that resource: {GPU}"),
        ({}, {"requests": {GPU: 2.0}}, f"1 {GPU}, and 2 are asked for"),
        ({}, {"requests": {GPU: 1.0, "cpu": 4.5}}, "not enough cpu: 4, and 4.5 is asked for"),
        (
            {},
            {"requests": {GPU: 1.0, "vpc.amazonaws.com/efa": 1.0}},
            "not enough vpc.amazonaws.com/efa: 0, and 1 is asked for",
        ),
        ({}, {"tolerations": ()}, f"taint {GPU}=present:NoSchedule not tolerated"),
        ({"nodes": 2}, {}, "max nodes reached: 2 of 2"),
        ({"most": 0}, {}, "max nodes reached: 0 of 0"),
        ({"closed": "its EC2NodeClass l4 is absent"}, {}, "its EC2NodeClass l4 is absent"),
        (
            {},
            {"affinity": (({"key": "zone", "operator": "In", "values": ["b"]},),)},
            "node affinity not met: zone",
        ),
    ],
)
def test_what_keeps_a_pod_off(pool: dict[str, Any], pod: dict[str, Any], reason: str) -> None:
    assert unfit(replace(POOL, **pool), replace(POD, **pod)) == [reason]


@pytest.mark.parametrize(
    "pod",
    [
        {"tolerations": ({"operator": "Exists"},)},
        {"tolerations": ({"key": GPU, "operator": "Equal", "value": "present"},)},
        {"tolerations": ({"key": GPU, "value": "present", "effect": "NoSchedule"},)},
        {"affinity": (({"key": "zone", "operator": "In", "values": ["a"]},),)},
        # One of the terms is enough.
        {
            "affinity": (
                ({"key": "zone", "operator": "In", "values": ["b"]},),
                ({"key": "gone", "operator": "DoesNotExist"},),
            )
        },
        {"requests": {GPU: 1.0, "ephemeral-storage": 1e12}},
    ],
)
def test_what_does_not(pod: dict[str, Any]) -> None:
    assert unfit(POOL, replace(POD, **pod)) == []


@pytest.mark.parametrize(
    ("taint", "tolerations", "kept"),
    [
        (TAINT, [{"key": GPU, "operator": "Equal", "value": "other"}], True),
        (TAINT, [{"key": GPU, "operator": "Exists", "effect": "NoExecute"}], True),
        (replace(TAINT, effect="NoExecute"), [{"key": GPU, "operator": "Exists"}], False),
        # A scheduler avoids it, and goes there all the same.
        (replace(TAINT, effect="PreferNoSchedule"), [], False),
    ],
)
def test_taints(taint: Taint, tolerations: list[dict[str, Any]], *, kept: bool) -> None:
    pod = replace(POD, tolerations=tuple(tolerations))
    assert bool(unfit(replace(POOL, taints=(taint,)), pod)) is kept


def test_gke_adds_tolerations_to_what_asks_for_gpus() -> None:
    mine = Taint("cloud.google.com/compute-class", "l4", "NoSchedule")
    pool = replace(POOL, cloud="gke", taints=(TAINT, mine), labels={mine.key: "l4"})
    pod = replace(POD, tolerations=(), selector={mine.key: "l4"})
    assert unfit(pool, pod) == []
    assert unfit(replace(pool, cloud="eks"), pod) != []
    other = replace(pod, selector={mine.key: "h100"})
    assert f"taint {mine} not tolerated" in unfit(pool, other)


@pytest.mark.parametrize(
    ("operator", "values", "holds"),
    [
        ("In", ["4", "8"], True),
        ("In", ["8"], False),
        ("NotIn", ["8"], True),
        ("NotIn", ["4"], False),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
        ("Gt", ["3"], True),
        ("Gt", ["4"], False),
        ("Lt", ["5"], True),
        ("Lt", ["4"], False),
    ],
)
def test_requirements(operator: str, values: list[str], *, holds: bool) -> None:
    requirement = {"key": "count", "operator": operator, "values": values}
    assert allows(requirement, {"count": "4"}) is holds


@given(st.integers(0, 10**6), st.sampled_from(["", "m", "k", "Ki", "Mi", "Gi"]))
def test_amounts(number: int, unit: str) -> None:
    factor = {"": 1, "m": 0.001, "k": 1000, "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}[unit]
    assert amount(f"{number}{unit}") == pytest.approx(number * factor)
    assert amount(number) == number


# ---- order ----


def put(
    store: Store,
    token: str,
    name: str,
    outputs: dict[str, Any],
    inputs: dict[str, Any] | None = None,
) -> None:
    place = name.rpartition("/")[2]
    store.insert(
        Row(
            provider="kubernetes",
            token=f"kubernetes:{token}",
            id=name,
            account=CONTEXT,
            name=place,
            inputs=inputs or outputs,
            outputs=outputs,
        )
    )


def expander(store: Store, text: str) -> None:
    name = "kube-system/cluster-autoscaler-priority-expander"
    put(store, "core/v1:ConfigMap", name, {"data": {"priorities": text}})


POOLS = [replace(POOL, pool=name, known_as=f"eks-{name}-1") for name in ("a", "b", "c")]


def tried(store: Store, pools: list[Template], pod: Pod = POD) -> list[tuple[str, str]]:
    (decision,) = decide(store, CONTEXT, pod, pools)
    return [(each.template.pool, each.reason) for each in decision.verdicts]


def test_the_expander_leaves_out_what_no_pattern_finds(store: Store) -> None:
    expander(store, "10: ['^eks-a-']\n30: ['^eks-c-', '^nothing']\n20: ['eks-a']\n")
    assert tried(store, POOLS) == [
        ("c", "chosen"),
        ("a", "not needed"),
        ("b", "no pattern of the priority expander finds it"),
    ]


def test_without_a_match_every_pool_may_be_taken(store: Store) -> None:
    expander(store, "10: ['^other']\n")
    (decision,) = decide(store, CONTEXT, POD, POOLS)
    assert decision.note == "in no order: no pattern of the priority expander finds a pool"
    assert [each.place for each in decision.verdicts] == [1, 2, 3]


def test_an_autoscaler_that_does_not_read_the_order(store: Store) -> None:
    expander(store, "10: ['^eks-c-']\n")
    values = {"values": {"extraArgs": {"expander": "least-waste"}}}
    put(store, "helm.sh/v3:Release", "kube-system/cluster-autoscaler", {}, values)
    (decision,) = decide(store, CONTEXT, POD, POOLS)
    assert decision.note == "in no order: the autoscaler's expander is least-waste"


def test_the_next_one_while_machines_are_short(store: Store) -> None:
    expander(store, "20: ['^eks-a-']\n10: ['^eks-b-']\n")
    store.set_shortage(Shortage("g6.*", "*", "*", 0))
    pools = [POOLS[0], replace(POOLS[1], machines=("g5.xlarge", "g6.xlarge"))]
    lack = "InsufficientInstanceCapacity: g6.xlarge in eu-west-1a (on_demand)"
    assert tried(store, pools) == [("a", lack), ("b", "chosen")]
    # Another zone will do.
    store.clear_shortages()
    store.set_shortage(Shortage("g6.*", "eu-west-1a", "*", 0))
    wide = [replace(POOLS[0], zones=("eu-west-1a", "eu-west-1b"))]
    assert tried(store, wide) == [("a", "chosen")]
    # Of one way to pay alone.
    store.clear_shortages()
    store.set_shortage(Shortage("g6.*", "*", "spot", 0))
    assert tried(store, [replace(POOLS[0], capacity="spot"), POOLS[1]])[1] == ("b", "chosen")


def test_nothing_is_taken_by_looking(store: Store) -> None:
    store.set_shortage(Shortage("*", "*", "*", 1))
    for _ in range(2):
        assert tried(store, [POOLS[0]]) == [("a", "chosen")]
    assert store.shortages()[0].nodes == 1


def test_a_compute_class(store: Store) -> None:
    spec = {"priorities": [{"nodepools": ["c"]}, {"machineType": "g2"}, {"nodepools": ["a"]}]}
    put(store, "cloud.google.com/v1:ComputeClass", "l4", {"spec": spec})
    label = "cloud.google.com/compute-class"
    pools = [replace(p, cloud="gke", known_as=p.pool, labels={label: "l4"}) for p in POOLS]
    pod = replace(POD, selector={label: "l4"})
    assert tried(store, pools, pod) == [
        ("c", "chosen"),
        ("a", "not needed"),
        ("b", "not in the ComputeClass l4"),
    ]
    absent = [replace(p, labels={label: "h100"}) for p in pools]
    found = tried(store, absent, replace(POD, selector={label: "h100"}))
    assert {reason for _, reason in found} == {"ComputeClass h100 is not there"}


# ---- reading ----


def workload(gpus: str = "1", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - a pod's fields
    resources = {"limits": {GPU: gpus, "memory": "8Gi"}, "requests": {"cpu": "500m"}}
    return {"containers": [{"name": "m", "resources": resources}], **more}


def test_which_pods_are_read(store: Store) -> None:
    template = {"template": {"spec": workload()}}
    put(store, "apps/v1:Deployment", "default/a", {"spec": template})
    put(store, "apps/v1:Deployment", "default/off", {"spec": {**template, "replicas": 0}})
    put(store, "apps/v1:DaemonSet", "default/all", {"spec": template})
    put(store, "batch/v1:Job", "default/job", {"spec": template})
    cron = {"jobTemplate": {"spec": template}}
    put(store, "batch/v1:CronJob", "default/cron", {"spec": cron})
    none = {"template": {"spec": workload("0")}}
    put(store, "apps/v1:StatefulSet", "default/none", {"spec": none})
    model = workload()["containers"][0]
    predictor = {"model": model, "nodeSelector": {"pool": "l4"}, "tolerations": [TOLERATED]}
    kind = "serving.kserve.io/v1beta1:InferenceService"
    put(store, kind, "models/chat", {"spec": {"predictor": predictor}})
    found = {pod.workload: pod for pod in pending(store, CONTEXT)}
    assert set(found) == {
        "Deployment default/a",
        "Job default/job",
        "CronJob default/cron",
        "InferenceService models/chat",
    }
    chat = found["InferenceService models/chat"]
    assert chat.requests == {GPU: 1.0, "memory": 8 * 1024.0**3, "cpu": 0.5}
    assert (chat.selector, chat.tolerations) == ({"pool": "l4"}, (TOLERATED,))
    assert pending(store, "serving-prod") == []


def test_containers_add_up_and_those_before_them_do_not(store: Store) -> None:
    spec = workload()
    spec["containers"].append({"resources": {"requests": {"cpu": "1"}}})
    spec["initContainers"] = [{"resources": {"requests": {"cpu": "1", "memory": "9Gi"}}}]
    put(store, "core/v1:Pod", "default/p", {"spec": spec})
    (pod,) = pending(store, CONTEXT)
    assert pod.requests == {GPU: 1.0, "cpu": 1.5, "memory": 9 * 1024.0**3}


def node_group(store: Store, tags: dict[str, str], **inputs: Any) -> Template:  # noqa: ANN401
    scope: Any = {"provider": "aws", "account": "123456789012", "region": "eu-west-1"}
    group = {"resources": [{"autoscalingGroups": [{"name": "asg"}]}]}
    store.insert(
        Row(
            **scope,
            token="aws:eks/nodeGroup:NodeGroup",
            id="serving-dev:l4",
            name="l4",
            inputs={
                "clusterName": CONTEXT,
                "instanceTypes": ["g6.xlarge"],
                "subnetIds": ["subnet-0dev00000000000a1"],
                "scalingConfig": {"minSize": 0, "maxSize": 2, "desiredSize": 0},
                # Nodes have them once they are there: an autoscaler may not be allowed to ask.
                "labels": {"only": "later"},
                **inputs,
            },
            outputs=group,
        )
    )
    for number, (key, value) in enumerate(tags.items()):
        name = f"k8s.io/cluster-autoscaler/node-template/{key}"
        tag = {"autoscalingGroupName": "asg", "tag": {"key": name, "value": value}}
        kind = "aws:autoscaling/tag:Tag"
        store.insert(Row(**scope, token=kind, id=f"asg,{number}", inputs=tag))
    (found,) = templates(store, CONTEXT, CONTEXT)
    return found


def test_eks_goes_by_the_tags_alone(store: Store) -> None:
    tags = {
        "label/pool": "l4",
        f"taint/{GPU}": "present:NoSchedule",
        "resources/nvidia.com/gpu.shared": "4",
        "resources/ephemeral-storage": "100Gi",
    }
    found = node_group(store, tags)
    assert found.labels["pool"] == "l4"
    assert "only" not in found.labels
    assert found.labels["topology.kubernetes.io/zone"] == "eu-west-1a"
    assert found.taints == (TAINT,)
    assert found.resources["nvidia.com/gpu.shared"] == 4
    # The type's own is known without a tag.
    assert (found.resources[GPU], found.resources["cpu"]) == (1, 4)
    assert found.resources["ephemeral-storage"] == 100 * 1024.0**3
    assert (found.nodes, found.most, found.known_as) == (0, 2, "asg")


def test_a_machine_without_gpus_has_none(store: Store) -> None:
    found = node_group(store, {"label/pool": "l4"}, instanceTypes=["m6i.large"])
    assert unfit(found, replace(POD, requests={GPU: 1.0})) == [f"no GPU of that resource: {GPU}"]


def node_pool(store: Store, name: str, requirements: list[Any], **spec: Any) -> None:  # noqa: ANN401
    reference = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"}
    template = {
        "metadata": {"labels": {"pool": "l4"}},
        "spec": {"requirements": requirements, "nodeClassRef": reference, "taints": []},
    }
    put(store, "karpenter.sh/v1:NodePool", name, {"spec": {"template": template, **spec}})


def test_karpenter(store: Store) -> None:
    family = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g6"]}
    ways = {
        "key": "karpenter.sh/capacity-type",
        "operator": "In",
        "values": ["on-demand", "spot"],
    }
    node_pool(store, "l4", [family, ways])
    (closed, _) = templates(store, CONTEXT, CONTEXT)
    assert closed.closed == "its EC2NodeClass gpu is absent"
    subnets = {"subnetSelectorTerms": [{"id": "subnet-0dev00000000000a1"}]}
    put(store, "karpenter.k8s.aws/v1:EC2NodeClass", "gpu", {"spec": subnets})
    node_pool(store, "large", [family, {**family, "operator": "NotIn"}], weight=50)
    node_pool(store, "none-left", [family], limits={GPU: "0"}, weight=90)
    found = templates(store, CONTEXT, CONTEXT)
    assert {each.zones for each in found} == {("eu-west-1a",)}
    assert [(each.pool, each.capacity) for each in found] == [
        ("l4", "spot"),
        ("l4", "on_demand"),
        ("large", "on_demand"),
        ("none-left", "on_demand"),
    ]
    pod = replace(POD, requests={GPU: 1.0, "cpu": 6.0})
    (decision,) = decide(store, CONTEXT, pod, found)
    reasons = [each.reason for each in decision.verdicts]
    assert reasons == [
        "chosen",
        "not needed",
        "no instance type with GPUs meets its requirements",
        f"max nodes reached: limits {GPU}: 0",
    ]
    # A machine of which the pod fits on: the smallest has four cores.
    store.set_shortage(Shortage("g6.[2-9]*", "*", "*", 0))
    store.set_shortage(Shortage("g6.1*", "*", "*", 0))
    assert "g6.xlarge" not in tried(store, found, pod)[0][1]
    assert tried(store, found, pod)[0][1].startswith("InsufficientInstanceCapacity: g6.")
    assert tried(store, found, POD)[0][1] == "chosen"
    # Parts of GPUs are beyond it.
    part = replace(POD, requests={"nvidia.com/mig-1g.10gb": 1.0})
    assert "no machine has nvidia.com/mig-1g.10gb: 1" in tried(store, found, part)[0][1]


def test_the_console(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "store.sqlite"

    def run(*arguments: str, code: int = 0) -> str:
        assert main(["--store", str(path), "nodes", *arguments]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    assert run() == "nothing asks for GPUs\n"
    assert "there is no context serving; the sandbox has serving-dev" in run(
        "--context", "serving", code=1
    )
    store = Store(path)
    put(store, "core/v1:Pod", "default/p", {"spec": workload(nodeSelector={"pool": "l4"})})
    assert "Pod default/p in serving-dev (nvidia.com/gpu: 1): none; the pod stays" in run()
    assert "nobody, there is no pool" in run()
    node_group(store, {"label/pool": "l4"})
    told = run("--context", "serving-dev")
    assert "cluster-autoscaler, in no order: there is no ConfigMap" in told
    assert "  1    l4    on_demand  chosen" in told
    assert "l4" not in run("--cluster", "another").partition("\n")[2]
