"""A component whose arguments are nested, asked for as a program in any other language would."""

import json

import pytest

from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_HOST = """
import sys

sys.path[0] = {root!r}

from pulumi.provider.experimental import component_provider_host

from components.kubernetes.kserve.inference_graph import InferenceGraph

component_provider_host([InferenceGraph], "model-serving")
"""
# What an SDK in another language sends: the host's own spelling of each key.
_PROGRAM = """
import pulumi
import pulumi_kubernetes


class Graph(pulumi.ComponentResource):
    def __init__(self, name, inputs, opts):
        token = "model-serving:index:InferenceGraph"
        super().__init__(token, name, {**inputs, "url": None}, opts, remote=True)


step = {"url": "https://a.example.com/v1", "weight": 100}
graph = Graph(
    "risk",
    {
        "environment": "dev",
        "owner": "team-growth",
        "namespace": "default",
        "kserveVersion": "0.20.0",
        "nodes": [
            {
                "name": "root",
                "steps": [
                    {"node": "share", "dependency": "hard", "mapPredictionsToInstances": True}
                ],
            },
            {"name": "share", "router": "splitter", "steps": [step]},
        ],
    },
    pulumi.ResourceOptions(
        providers=[pulumi_kubernetes.Provider("kubernetes", context="serving-dev")]
    ),
)
pulumi.export("url", graph.url)
"""


def test_nested_arguments_arrive(sandbox: Sandbox) -> None:
    """A plain list of typed dictionaries, with numbers as the engine sends them."""
    host = sandbox.folder / "host"
    host.mkdir()
    options = {"toolchain": "pip", "virtualenv": str(ROOT / ".venv")}
    plugin = {"runtime": {"name": "python", "options": options}}
    (host / "PulumiPlugin.yaml").write_text(json.dumps(plugin))
    (host / "__main__.py").write_text(_HOST.format(root=str(ROOT)))
    project = sandbox.project(_PROGRAM)
    file = project / "Pulumi.yaml"
    plugins = {"providers": [{"name": "model-serving", "path": str(host)}]}
    file.write_text(f"{file.read_text()}plugins: {json.dumps(plugins)}\n")
    sandbox.new_stack(project)
    sandbox.up(project)
    (graph,) = (r for r in sandbox.resources(project) if r["urn"].endswith("risk-inference-graph"))
    nodes = graph["inputs"]["spec"]["nodes"]
    assert nodes["root"]["steps"] == [
        {"nodeName": "share", "dependency": "Hard", "mapPredictionsToInstances": True}
    ]
    assert nodes["share"]["routerType"] == "Splitter"
    assert nodes["share"]["steps"] == [{"serviceUrl": "https://a.example.com/v1", "weight": 100}]
    assert sandbox.outputs(project)["url"].startswith("http://risk.")
