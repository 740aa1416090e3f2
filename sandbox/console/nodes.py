"""`sandbox/cloud nodes`: which pool an autoscaler would grow for each pod that asks for GPUs."""

import argparse
import json
from typing import Any

from sandbox import autoscaling
from sandbox.autoscaling import Decision, Template
from sandbox.clouds import clusters
from sandbox.console.rules import RuleError
from sandbox.console.table import table
from sandbox.store import Store

__all__ = ["add_nodes"]


def add_nodes(commands: Any) -> None:  # noqa: ANN401 - a private class of argparse
    """Add the command."""
    nodes = commands.add_parser(
        "nodes",
        help="which pool would grow for a pod that asks for GPUs",
        description="For each workload that asks for GPUs, one pod of it: the pools in the order in"
        " which the cluster's autoscaler, or Karpenter, would try them, each with what keeps the"
        " pod off or what is short. Nothing is changed.",
    )
    nodes.add_argument("--context", default="", help="of one cluster's pods (default: of all)")
    nodes.add_argument(
        "--cluster",
        default="",
        help="pools of the cluster of this name (default: the context's name, or every cluster's"
        " where none is called so)",
    )
    nodes.add_argument("--json", action="store_true", help="print JSON")
    nodes.set_defaults(run=_nodes)


def _nodes(store: Store, options: argparse.Namespace) -> int:
    known = [cluster.id for cluster in clusters.known(store)]
    if options.context and options.context not in known:
        raise RuleError(
            f"there is no context {options.context}; the sandbox has {', '.join(known)}"
        )
    decisions: list[tuple[str, Decision]] = []
    for context in [options.context] if options.context else known:
        pools = _pools(store, context, options.cluster)
        for pod in autoscaling.pending(store, context):
            found = autoscaling.decide(store, context, pod, pools)
            decisions += [(context, each) for each in found]
            if not found:
                decisions.append((context, Decision(pod, "nobody", (), "there is no pool")))
    if options.json:
        print(json.dumps([_document(*each) for each in decisions], indent=2))
        return 0
    for context, decision in decisions:
        _print(context, decision)
    if not decisions:
        print("nothing asks for GPUs")
    return 0


def _pools(store: Store, context: str, cluster: str) -> list[Template]:
    if cluster or "/" in context:
        return autoscaling.templates(store, context, cluster or context)
    every = autoscaling.templates(store, context)
    return [pool for pool in every if pool.cluster == context] or every


def _print(context: str, decision: Decision) -> None:
    asked = ", ".join(f"{name}: {number:g}" for name, number in decision.pod.gpus.items())
    result = decision.chosen.pool if decision.chosen else "none; the pod stays pending"
    print(f"{decision.pod.workload} in {context} ({asked}): {result}")
    print(f"  {decision.scaler}, {decision.note}")
    if decision.verdicts:
        table(
            ("  TRY", "POOL", "CAPACITY", "REASON"),
            [
                (f"  {each.place or '-'}", each.template.pool, each.template.capacity, each.reason)
                for each in decision.verdicts
            ],
        )
    print()


def _document(context: str, decision: Decision) -> dict[str, Any]:
    return {
        "context": context,
        "workload": decision.pod.workload,
        "gpus": decision.pod.gpus,
        "scaler": decision.scaler,
        "order": decision.note,
        "chosen": decision.chosen.pool if decision.chosen else None,
        "pools": [
            {
                "pool": each.template.pool,
                "capacity": each.template.capacity,
                "try": each.place or None,
                "reason": each.reason,
            }
            for each in decision.verdicts
        ],
    }
