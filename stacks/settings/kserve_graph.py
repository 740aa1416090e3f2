"""What a file says for a graph of models on KServe."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from stacks.settings.common import EveryDeployment, Resources
from stacks.settings.fields import Closed, DnsLabel, Text, Truth, Whole
from stacks.settings.network_access import NetworkAccess

ModelName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"),
    Field(json_schema_extra={"allowed": "the name of a model, as its file is named"}),
]
HttpUrl = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s/]+\S*$", max_length=2048),
    Field(json_schema_extra={"allowed": "a URL that begins with http:// or https://"}),
]


class GraphStep(Closed):
    """One call that a node makes: of exactly one of node, model, service and url."""

    name: DnsLabel | None = None
    """Name of the step, unlike the others of its node; an ensemble answers by it."""
    node: DnsLabel | None = None
    """Node of this graph that takes the request."""
    model: ModelName | None = None
    """Model of this environment that takes the request: the name of its file."""
    service: DnsLabel | None = None
    """InferenceService of somebody else's in the graph's namespace."""
    url: HttpUrl | None = None
    """Address that the request is posted to, with its path."""
    data: Literal["$request", "$response"] | None = None
    """What a sequence sends on: the graph's request or the last response. Default: $request."""
    condition: Text | None = None
    """GJSON path: a switch takes the first step whose path is in the request, a sequence ends
    before a step whose path is not in the last response."""
    weight: Whole | None = Field(default=None, ge=0, le=100)
    """Share of requests in percent, in a splitter."""
    dependency: Literal["soft", "hard"] | None = None
    """hard ends the node with this step's answer when it fails. Default: soft."""
    map_predictions_to_instances: Truth | None = None
    """Whether a sequence renames `predictions` of what it sends on to `instances`."""


class GraphNode(Closed):
    """One node: its steps, and which of them a request takes."""

    router: Literal["sequence", "switch", "ensemble", "splitter"] = "sequence"
    """How the steps are taken: one after the other, the one whose condition holds, all at once,
    or one by weight."""
    steps: Annotated[list[GraphStep], Field(min_length=1, max_length=100)]
    """The calls, in their order."""


class KServeGraph(NetworkAccess, EveryDeployment):
    """A graph of models on Kubernetes by KServe's InferenceGraph."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kserve_graph"]
    """Where the graph runs."""
    nodes: Annotated[dict[DnsLabel, GraphNode], Field(min_length=1, max_length=100)]
    """The nodes by name; requests come in at `root`."""
    resources: Resources = Resources.model_construct()
    """What one replica of the router gets."""
    min_replicas: Whole = Field(default=1, ge=0, le=1000)
    """Fewest replicas of the router; 0 scales to zero."""
    max_replicas: Whole = Field(default=3, ge=1, le=1000)
    """Most replicas of the router."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
    deployment_mode: Literal["knative", "standard"] = "knative"
    """How KServe runs it. Default: the environment's, or `knative`."""
    scale_metric: Literal["concurrency", "rps", "cpu", "memory"] | None = None
    """What autoscaling measures. Default: concurrency, in standard mode cpu."""
    scale_target: Whole | None = Field(default=None, ge=1, le=1000)
    """What autoscaling aims at per replica: requests, or percent of cpu or memory."""
    timeout_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds that Knative gives a request."""
    read_timeout_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds that the router reads a request. Default: 60."""
    write_timeout_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds until the whole graph has answered. Default: 60."""
    idle_timeout_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds that an idle connection is kept. Default: 180."""
    step_timeout_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds that one step may take. Default: `write_timeout_seconds`."""
    node_selector: dict[str, str] = Field(default={})
    """Labels of the machines that the router runs on."""
    spread_over_nodes: Truth | None = None
    """Whether replicas prefer different machines. Default: true in standard mode."""
    service_account_name: DnsLabel | None = None
    """Service account of the router."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a graph that is not ready fails the update."""

    def models(self) -> list[str]:
        """The models that the graph calls, each once, by name."""
        steps = (step.model for node in self.nodes.values() for step in node.steps)
        return sorted({model for model in steps if model is not None})
