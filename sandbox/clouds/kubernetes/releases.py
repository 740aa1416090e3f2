"""Helm releases: no objects; a chart is taken as installed, whatever it makes."""

from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.clouds.kubernetes.control import Key

__all__ = ["doubts", "outputs"]

_RELEASE = "kubernetes:helm.sh/v3:Release"


def outputs(call: Call, key: Key) -> dict[str, Any]:
    """Those of a release that is deployed."""
    metadata = {"name": key.name, "namespace": key.namespace}
    status = {"status": "deployed", "revision": 1}
    return {**call.inputs, "metadata": metadata, "status": status}


def doubts(call: Call) -> list[Problem]:
    """What a chart makes is not known: it would come over a network, and only Helm renders it.

    A release of a chart that is a folder may be rendered in the program, by helm.v4.Chart.
    """
    if call.token != _RELEASE:
        return []
    chart = f"{call.inputs.get('chart')} {call.inputs.get('version') or ''}".strip()
    reason = "is neither fetched nor rendered: the sandbox takes the chart as installed"
    return [Problem("chart", f"{chart} {reason}")]
