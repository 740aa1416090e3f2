"""What our components make keeps the guardrails; each test's docstring is the rule."""

import json
import sys
from typing import Any

import pytest

from facts.runtime_support import READ
from policies import Resource, evaluate
from tests.contract.component_table import COMPONENTS, least
from tests.unit.component_mocks import ACCOUNT, SUBSCRIPTION, Recorded, record

# Whose it is, where, and whom its alarms tell, which nobody can know but who makes it.
OWNED: dict[str, Any] = {
    "environment": "dev",
    "tags": {"owner": "team-risk"},
    "alarm_topic_arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:alarms",
    "notification_channels": ["projects/serving/notificationChannels/1234"],
    "alert_action_group_id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/"
    "actionGroups/serving",
}
# What pools and clusters are asked for beside the least: every way that changes what they emit.
FURTHER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("AksCluster", {"outbound": "nat_gateway", "authorized_networks": ["203.0.113.0/24"]}),
    ("AksGpuNodePool", {"capacity": "spot"}),
    ("AksGpuNodePool", {"time_slices": 4, "local_ssd": True}),
    (
        "EksCluster",
        {"authorized_networks": ["203.0.113.0/24"], "system_instance_type": "m7g.large"},
    ),
    ("EksGpuNodePool", {"capacity": "on_demand", "time_slices": 4}),
    ("GkeCluster", {"autopilot": True}),
    ("GkeCluster", {"authorized_networks": ["203.0.113.0/24"]}),
    ("GkeGpuNodePool", {"capacity": "flex_start"}),
    ("GkeGpuNodePool", {"driver": "operator"}),
    ("GkeGpuNodePool", {"time_slices": 4, "max_nodes": 10}),
    ("KarpenterGpuNodePool", {"capacity": "spot", "max_nodes": 10}),
    ("KarpenterGpuNodePool", {"os": "bottlerocket", "local_ssd": True}),
    (
        "EksAutoscalerIdentity",
        {"autoscaler": "karpenter", "node_role_arns": [f"arn:aws:iam::{ACCOUNT}:role/nodes"]},
    ),
    (
        "SageMakerEndpoint",
        {
            "candidate_version": "1.5.0",
            "candidate_uri": "s3://models/fraud/1.5.0/",
            "strategy": "shadow",
            "capture_percent": 10,
            "capture_uri": "s3://captured/fraud",
            "capture_key_arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234",
            "max_replicas": 3,
            "scaling_metric": "concurrency",
        },
    ),
    (
        "SageMakerEndpoint",
        {"instance_type": "ml.m5d.large", "many_models": True, "model_uri": "s3://m/1.4.0/"},
    ),
)


ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:on-call"
LOGS = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
    "/Microsoft.OperationalInsights/workspaces/serving"
)
# Alerts by burn rate, for the usual window of an objective and for a short one.
BURN_RATES: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        (name, {"alarms": "burn_rate", "window_days": days, **more})
        for days in (7, 30)
        for name, more in (
            ("AzureFunctionsEndpoint", {}),
            ("AzureMlEndpoint", {"log_workspace_id": LOGS}),
            ("CloudRunEndpoint", {}),
            ("LambdaEndpoint", {"alarm_topic_arn": TOPIC}),
            ("SageMakerEndpoint", {"alarm_topic_arn": TOPIC}),
            ("VertexEndpoint", {}),
        )
    ),
    ("ModelMonitoring", {"window_days": 7}),
)


def made(name: str, **arguments: object) -> Recorded:
    """What a component registers, whose it is included where it has a word for that."""
    module = sys.modules[COMPONENTS[name].__module__]
    words = vars(module)[f"{name}Args"].__annotations__
    owned = {key: value for key, value in OWNED.items() if key in words}
    return record(COMPONENTS[name], "models", {**least(name), **owned, **arguments})


def resources(recorded: Recorded) -> list[Resource]:
    """As the engine tells it: what holds another one's id or name is computed from that."""
    found: list[Resource] = []
    for name, token in recorded.types.items():
        inputs = recorded.inputs[name]
        if token == ALARM:
            # The engine names what has no name, and a composite alarm asks by it.
            inputs = {"name": name, **inputs}
        needs = {key: _named(value, name, recorded) for key, value in inputs.items()}
        found.append(
            Resource(
                type=token,
                urn=_urn(name),
                name=name,
                properties=inputs,
                dependencies=tuple({urn for urns in needs.values() for urn in urns}),
                property_dependencies=needs,
            )
        )
    return found


def _urn(name: str) -> str:
    return f"urn:pulumi:dev::models::a:b/c:C::{name}"


def _named(value: object, of: str, recorded: Recorded) -> tuple[str, ...]:
    text = json.dumps(value, default=str)
    return tuple(
        _urn(name)
        for name in recorded.types
        if name != of and (f'{name}-id"' in text or f'"{name}"' in text)
    )


def judged(found: list[Resource]) -> list[str]:
    """Every finding, in short."""
    every = evaluate(found, {"all": "mandatory"}, today=READ)
    return [f"{one.rule} {one.resource} {one.message}" for one in every]


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_the_least_arguments_keep_every_guardrail(name: str) -> None:
    """Made with the least, and with an owner, a component has no finding at all."""
    assert judged(resources(made(name))) == []


@pytest.mark.parametrize(
    ("name", "arguments"), FURTHER, ids=[f"{name}-{'-'.join(more)}" for name, more in FURTHER]
)
def test_so_do_other_ways(name: str, arguments: dict[str, Any]) -> None:
    """What may be asked of a cluster or a pool changes nothing about that."""
    assert judged(resources(made(name, **arguments))) == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    BURN_RATES,
    ids=[f"{name}-{more['window_days']}" for name, more in BURN_RATES],
)
def test_so_do_alerts_by_burn_rate(name: str, arguments: dict[str, Any]) -> None:
    """On every cloud they have two windows, can fire, and watch the objective."""
    assert judged(resources(made(name, **arguments))) == []


@pytest.mark.parametrize(
    ("name", "arguments", "rule"),
    [
        ("AksGpuNodePool", {"encryption_at_host": False}, "security/node-disk-unencrypted"),
        (
            "SageMakerEndpoint",
            {"capture_percent": 10, "capture_uri": "s3://captured/fraud"},
            "security/capture-kms",
        ),
        ("AksGpuNodePool", {"max_nodes": 11}, "resources/node-pool-over-cap"),
        ("AksGpuNodePool", {"taints": []}, "resources/accelerator-pool-untainted"),
        ("EksGpuNodePool", {"max_nodes": 11}, "resources/node-pool-over-cap"),
        ("EksGpuNodePool", {"node_repair": False}, "resources/node-upkeep"),
        ("EksGpuNodePool", {"taints": []}, "resources/accelerator-pool-untainted"),
        ("GkeGpuNodePool", {"max_nodes": 11}, "resources/node-pool-over-cap"),
        ("GkeGpuNodePool", {"min_nodes": 3, "max_nodes": 4}, "cost/idle-accelerator-pool"),
        ("GkeGpuNodePool", {"node_repair": False}, "resources/node-upkeep"),
        ("GkeGpuNodePool", {"taints": []}, "resources/accelerator-pool-untainted"),
        ("KarpenterGpuNodePool", {"max_nodes": 11}, "resources/node-pool-over-cap"),
        ("KarpenterGpuNodePool", {"taints": []}, "resources/accelerator-pool-untainted"),
    ],
)
def test_what_is_asked_against_a_guardrail_is_found(
    name: str, arguments: dict[str, Any], rule: str
) -> None:
    """The rules see what our pools emit: one argument against one rule is one finding."""
    findings = evaluate(resources(made(name, **arguments)), {"all": "mandatory"})
    assert [one.rule for one in findings] == [rule]


# Pools whose GPUs pods take turns on, and pools of parts: what a model needs of them are outputs.
TURNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("EksGpuNodePool", {"capacity": "on_demand", "time_slices": 4}),
    ("GkeGpuNodePool", {"time_slices": 4}),
    ("AksGpuNodePool", {"time_slices": 4}),
)
PARTS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "EksGpuNodePool",
        {
            "accelerator": "nvidia-h100",
            "instance_types": ["p5.4xlarge"],
            "capacity": "on_demand",
            "mig_profile": "1g.10gb",
        },
    ),
    (
        "GkeGpuNodePool",
        {
            "accelerator": "nvidia-a100",
            "zones": ["europe-west4-a"],
            "mig_profile": "1g.5gb",
        },
    ),
)
MODELS = ("InferenceService", "LLMInferenceService", "ModelServer", "SharedModelServer")


def on(pool: str, arguments: dict[str, Any], model: str) -> list[str]:
    """The rules that speak of a model on a pool of another stack."""
    offered = made(pool, **arguments).outputs
    asked = {
        "gpu_node_labels": offered["node_selector"],
        "gpu_resource": offered["gpu_resource"],
        "accelerator_count": 1,
    }
    return [one.rule for one in evaluate(resources(made(model, **asked)), {"all": "mandatory"})]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("pool", "arguments"), TURNS, ids=[name for name, _ in TURNS])
def test_no_model_takes_turns_on_a_gpu(pool: str, arguments: dict[str, Any], model: str) -> None:
    """What a pool of turns tells models to ask for is refused to those with an objective."""
    assert on(pool, arguments, model) == ["latency/time-sliced-gpu"]


@pytest.mark.parametrize(("pool", "arguments"), TURNS, ids=[name for name, _ in TURNS])
def test_a_batch_may_take_turns_on_a_gpu(pool: str, arguments: dict[str, Any]) -> None:
    """Nobody waits for the answers of a batch."""
    assert on(pool, arguments, "BatchInference") == []


@pytest.mark.parametrize(("pool", "arguments"), PARTS, ids=[name for name, _ in PARTS])
def test_a_model_may_have_a_part_of_a_gpu(pool: str, arguments: dict[str, Any]) -> None:
    """A part is its own: MIG is the way out of turns."""
    assert on(pool, arguments, "InferenceService") == []
