"""What KServe's webhooks refuse of an InferenceGraph and of a TrainedModel, beyond their schemas.

Source: pkg/apis/serving/v1alpha1/ of KServe 0.20: validateInferenceGraph of
inference_graph_validation.go; validateTrainedModel and validateMemorySpecNotModified of
trainedmodel_webhook.go; the agent's protocols in pkg/agent/storage/provider.go.
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.formats import quantity
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import at, listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["inference_graph", "trained_change", "trained_model"]

Object = dict[str, Any]
_GRAPH_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_TARGETS = ("nodeName", "serviceName", "serviceUrl")
_PROTOCOLS = ("s3://", "gs://", "https://", "http://")
_FULL = 100


def inference_graph(value: Object) -> Iterator[Problem]:
    """What is wrong with an InferenceGraph."""
    name, nodes = at(value, "metadata", "name"), at(value, "spec", "nodes")
    if isinstance(name, str) and not _GRAPH_NAME.fullmatch(name):
        text = f'got "{name}"; use lower-case letters, digits and "-", beginning with a letter'
        yield Problem("metadata.name", text)
    if not words.is_object(nodes) or nodes is UNKNOWN:
        return
    if "root" not in mapped(nodes):
        yield Problem("spec.nodes.root", "missing; requests come in there")
    for node, router in mapped(nodes).items():
        yield from _node(f"spec.nodes.{node}", mapped(router))


def _node(where: str, router: Object) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, step in words.each(router.get("steps")):
        there = f"{where}.steps[{index}]"
        name = step.get("name")
        if name and name in seen:
            yield Problem(f"{there}.name", f"got {shown(name)}, which another step here has")
        seen.add(str(name))
        given = [target for target in _TARGETS if step.get(target)]
        if len(given) != 1 and not has_unknown(step):
            got = " and ".join(given) or "none"
            yield Problem(there, f"exactly one of {', '.join(_TARGETS)} is needed, got {got}")
    if router.get("routerType") != "Splitter" or has_unknown(router):
        return
    given: list[Any] = [mapped(step).get("weight") for step in listed(router.get("steps"))]
    weights = [weight for weight in given if words.number(weight)]
    if None in given:
        index = given.index(None)
        yield Problem(f"{where}.steps[{index}].weight", "missing; each step of a Splitter has one")
    elif len(weights) == len(given) and sum(weights) != _FULL:
        yield Problem(f"{where}.steps", f"the weights sum up to {sum(weights)}; use {_FULL}")


def trained_model(value: Object) -> Iterator[Problem]:
    """What is wrong with a TrainedModel."""
    uri = at(value, "spec", "model", "storageUri")
    if isinstance(uri, str) and uri is not UNKNOWN and not uri.startswith(_PROTOCOLS):
        text = f"got {shown(uri)}; begin with one of {', '.join(_PROTOCOLS)}"
        yield Problem("spec.model.storageUri", text)


def trained_change(old: Object, new: Object) -> Iterator[Problem]:
    """What an update must not change."""
    before, after = (at(value, "spec", "model", "memory") for value in (old, new))
    if UNKNOWN not in (before, after) and quantity(str(before)) != quantity(str(after)):
        yield Problem("spec.model.memory", f"immutable; it is {before}")
