"""Cases of `latency/time-sliced-gpu`."""

from typing import Any

from policies import Resource
from tests.policies.cases.karpenter_pool import KARPENTER
from tests.policies.cases.pools import AKS, GKE, GKE_CLUSTER
from tests.policies.cases.resources import (
    DEPLOYMENT,
    KSERVE,
    LANGUAGE,
    NODES,
    POD,
    TRAINED,
)
from tests.policies.cases.table import UNKNOWN, Case, resource

RULE = "latency/time-sliced-gpu"
SLO = {"metadata": {"annotations": {"model-serving/slo-latency-p95-ms": "250"}}}
CONFIG = "nvidia.com/device-plugin.config"
STRATEGY = "cloud.google.com/gke-gpu-sharing-strategy"
GROUP = "model-serving/pool-group"
POOL = "model-serving/node-pool"
SHARED = "nvidia.com/gpu.shared"


def pod(selector: object = None, *, limits: object = None, **more: object) -> dict[str, Any]:
    container = {"name": "server", "resources": {"limits": limits or {"nvidia.com/gpu": 1}}}
    chosen = {} if selector is None else {"nodeSelector": selector}
    return {"containers": [container], **chosen, **more}


def model(spec: dict[str, Any]) -> dict[str, Any]:
    return SLO | {"spec": spec}


def deployment(spec: dict[str, Any]) -> dict[str, Any]:
    return model({"template": {"spec": spec}})


def predictor(spec: dict[str, Any]) -> dict[str, Any]:
    return model({"predictor": spec})


def requiring(key: str, *values: object, operator: str = "In") -> dict[str, Any]:
    expression = {"key": key, "operator": operator, "values": list(values)}
    required = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    return pod(affinity=affinity)


def eks_pool(**labels: str) -> Resource:
    return resource("turns", NODES, {"labels": {POOL: "small", GROUP: "small", **labels}})


def gke_pool(strategy: object = "TIME_SHARING", clients: object = 4, **more: object) -> Resource:
    shared = {"gpuSharingStrategy": strategy, "maxSharedClientsPerGpu": clients}
    gpus = [{"type": "nvidia-l4", "count": 1, "gpuSharingConfig": shared}]
    config = {"labels": {GROUP: "small", POOL: "a"}, "guestAccelerators": gpus}
    return resource("turns", GKE, {"nodeConfig": config, **more})


def runtime(name: object, spec: dict[str, Any]) -> Resource:
    kind = "kubernetes:serving.kserve.io/v1alpha1:ClusterServingRuntime"
    return resource("runtime", kind, {"metadata": {"name": name}, "spec": spec})


NAMING = predictor({"model": {"runtime": "vllm", "storageUri": "s3://m/1"}})
CHOOSING = predictor({"model": {}, "nodeSelector": {GROUP: "small"}})
CHOICE = f"spec.predictor.nodeSelector.{GROUP}"
SELECTOR = "spec.template.spec.nodeSelector"
SERVER = "spec.template.spec.containers[0].resources"
AFFINITY = (
    "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    ".nodeSelectorTerms[0].matchExpressions[0].values"
)

CASES = (
    # By what is requested.
    Case(RULE, "a whole GPU", DEPLOYMENT, deployment(pod())),
    Case(RULE, "a part", DEPLOYMENT, deployment(pod(limits={"nvidia.com/mig-1g.10gb": 1}))),
    Case(
        RULE,
        "a turn",
        DEPLOYMENT,
        deployment(pod(limits={SHARED: 1})),
        (f"{SERVER}.limits.{SHARED}",),
        says="found 1 of nvidia.com/gpu.shared; expected a GPU or a MIG profile of its own: "
        "the objective is 250 ms",
    ),
    Case(
        RULE,
        "a turn on a part",
        DEPLOYMENT,
        deployment(pod(limits={"nvidia.com/mig-1g.10gb.shared": 1})),
        (f"{SERVER}.limits.nvidia.com/mig-1g.10gb.shared",),
    ),
    Case(RULE, "no turn", DEPLOYMENT, deployment(pod(limits={SHARED: 0}))),
    Case(RULE, "an unknown number of turns", DEPLOYMENT, deployment(pod(limits={SHARED: UNKNOWN}))),
    Case(RULE, "another device", DEPLOYMENT, deployment(pod(limits={"a.example/b.shared": 1}))),
    Case(
        RULE,
        "one finding of a pod",
        DEPLOYMENT,
        deployment(pod({CONFIG: "time-slices-4"}, limits={SHARED: 1})),
        (f"{SERVER}.limits.{SHARED}",),
    ),
    Case(
        RULE,
        "without an objective",
        DEPLOYMENT,
        {"spec": {"template": {"spec": pod(limits={SHARED: 1})}}},
    ),
    Case(
        RULE,
        "an objective that is a label",
        POD,
        {
            "metadata": {"labels": {"model-serving/slo-latency-p95-ms": "250"}},
            "spec": pod(limits={SHARED: 1}),
        },
        (f"spec.containers[0].resources.limits.{SHARED}",),
    ),
    Case(
        RULE,
        "an unknown objective",
        POD,
        {
            "metadata": {"annotations": {"model-serving/slo-latency-p95-ms": UNKNOWN}},
            "spec": pod(limits={SHARED: 1}),
        },
    ),
    Case(
        RULE,
        "a job has no objective",
        "kubernetes:batch/v1:Job",
        deployment(pod(limits={SHARED: 1})),
    ),
    Case(
        RULE,
        "workers of an InferenceService",
        KSERVE,
        predictor({"model": {}, "workerSpec": pod(limits={SHARED: 1})}),
        (f"spec.predictor.workerSpec.containers[0].resources.limits.{SHARED}",),
    ),
    Case(
        RULE,
        "a language model's prefill",
        LANGUAGE,
        model({"template": pod(), "prefill": {"template": pod({STRATEGY: "time-sharing"})}}),
        (f"spec.prefill.template.nodeSelector.{STRATEGY}",),
    ),
    # By the nodes that are chosen.
    *(
        Case(
            RULE,
            f"nodes by {key} {value}",
            DEPLOYMENT,
            deployment(pod({"zone": "a", key: value})),
            (f"{SELECTOR}.{key}",),
        )
        for key, value in (
            (CONFIG, "time-slices-4"),
            (CONFIG, "l4-timeslicing"),
            (STRATEGY, "time-sharing"),
            ("nvidia.com/gpu.sharing-strategy", "time-slicing"),
            ("nvidia.com/gpu.product", "NVIDIA-L4-SHARED"),
        )
    ),
    *(
        Case(RULE, f"none by {key} {value}", DEPLOYMENT, deployment(pod({key: value})))
        for key, value in (
            (CONFIG, "default"),
            (CONFIG, "mps-4"),
            (STRATEGY, "mps"),
            ("nvidia.com/gpu.sharing-strategy", "none"),
            ("nvidia.com/gpu.product", "NVIDIA-L4"),
            (GROUP, "small"),
        )
    ),
    *(
        Case(
            RULE,
            f"side by side where that is refused, by {key}",
            DEPLOYMENT,
            deployment(pod({key: value})),
            (f"{SELECTOR}.{key}",),
            {"refuse_mps": True},
        )
        for key, value in ((CONFIG, "mps-4"), (STRATEGY, "mps"))
    ),
    Case(RULE, "unknown nodes", DEPLOYMENT, deployment(pod({STRATEGY: UNKNOWN}))),
    Case(
        RULE,
        "nodes by affinity",
        DEPLOYMENT,
        deployment(requiring(STRATEGY, "mps", "time-sharing")),
        (f"{AFFINITY}[1]",),
    ),
    Case(
        RULE,
        "all nodes but those",
        DEPLOYMENT,
        deployment(requiring(STRATEGY, "time-sharing", operator="NotIn")),
    ),
    # By a pool of the same stack.
    Case(
        RULE,
        "a pool whose plugin is told so",
        KSERVE,
        CHOOSING,
        (CHOICE,),
        others=(eks_pool(**{CONFIG: "time-slices-4"}),),
        says="found small, a pool whose GPUs are shared (turns)",
    ),
    Case(
        RULE,
        "a pool of parts",
        KSERVE,
        CHOOSING,
        others=(eks_pool(**{"nvidia.com/mig.config": "all-1g.10gb"}),),
    ),
    Case(
        RULE,
        "another pool",
        KSERVE,
        predictor({"model": {}, "nodeSelector": {GROUP: "large"}}),
        others=(gke_pool(),),
    ),
    Case(RULE, "GKE's pool", KSERVE, CHOOSING, (CHOICE,), others=(gke_pool(),)),
    Case(RULE, "GKE's pool with one client", KSERVE, CHOOSING, others=(gke_pool(clients=1),)),
    Case(RULE, "GKE's pool side by side", KSERVE, CHOOSING, others=(gke_pool("MPS"),)),
    Case(
        RULE,
        "GKE's pool side by side where that is refused",
        KSERVE,
        CHOOSING,
        (CHOICE,),
        {"refuse_mps": True},
        others=(gke_pool("MPS"),),
    ),
    Case(RULE, "GKE's pool with an unknown way", KSERVE, CHOOSING, others=(gke_pool(UNKNOWN),)),
    Case(
        RULE,
        "GKE's pool by its name",
        DEPLOYMENT,
        deployment(pod({"cloud.google.com/gke-nodepool": "turns"})),
        (f"{SELECTOR}.cloud.google.com/gke-nodepool",),
        others=(gke_pool(name="turns"),),
    ),
    Case(
        RULE,
        "a pool in GKE's cluster",
        KSERVE,
        CHOOSING,
        (CHOICE,),
        others=(resource("c", GKE_CLUSTER, {"nodePools": [dict(gke_pool().properties)]}),),
    ),
    Case(
        RULE,
        "AKS' pool",
        KSERVE,
        CHOOSING,
        (CHOICE,),
        others=(resource("p", AKS, {"nodeLabels": {GROUP: "small", CONFIG: "time-slices-2"}}),),
    ),
    Case(
        RULE,
        "Karpenter's pool",
        DEPLOYMENT,
        deployment(requiring("karpenter.sh/nodepool", "turns")),
        (f"{AFFINITY}[0]",),
        others=(
            resource(
                "p",
                KARPENTER,
                {
                    "metadata": {"name": "turns"},
                    "spec": {"template": {"metadata": {"labels": {CONFIG: "time-slices-2"}}}},
                },
            ),
        ),
    ),
    # By a runtime.
    Case(
        RULE,
        "a runtime that takes turns",
        KSERVE,
        NAMING,
        ("spec.predictor.model.runtime",),
        others=(runtime("vllm", pod(limits={SHARED: 1})),),
        says="found vllm, which asks for 1 of nvidia.com/gpu.shared",
    ),
    Case(RULE, "a runtime with a GPU", KSERVE, NAMING, others=(runtime("vllm", pod()),)),
    Case(
        RULE,
        "another runtime",
        KSERVE,
        NAMING,
        others=(runtime("triton", pod(limits={SHARED: 1})),),
    ),
    Case(
        RULE,
        "a model on a server that takes turns",
        TRAINED,
        model({"inferenceService": "shared"}),
        ("spec.inferenceService",),
        others=(
            resource(
                "server",
                KSERVE,
                {
                    "metadata": {"name": "shared"},
                    "spec": {
                        "predictor": {"model": {}, "nodeSelector": {STRATEGY: "time-sharing"}}
                    },
                },
            ),
        ),
    ),
    Case(RULE, "a model on another server", TRAINED, model({"inferenceService": "shared"})),
)
