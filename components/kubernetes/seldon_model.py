"""A model on Seldon Core 2: a `Model` that a shared server loads, and an `Experiment` for shares.

Spellings and behaviour are those of Seldon Core's own source, release 2.9.1
(operator/apis/mlops/v1alpha1, scheduler/pkg/store/experiment).
"""

from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes.labels import NAME, check_namespace, check_tag_keys
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from components.kubernetes.outputs import latency_mean, network_grant
from components.serving import Core, read_core
from facts import tags
from facts.seldon import AGENT_METRICS, ARTIFACT_TAGS, STORAGE_SCHEMES
from facts.server_metrics import SERVER_METRICS

__all__ = ["SeldonModel", "SeldonModelArgs"]

_API: Final = "mlops.seldon.io/v1alpha1"
_MESH: Final = "seldon-mesh"
_URI: Final = rf"({'|'.join(STORAGE_SCHEMES)})://.+"
_FULL: Final = 100


class SeldonModelArgs(TypedDict):
    """Flat arguments of `SeldonModel`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """Folder of the stable model, in a store that the servers' rclone knows (s3 or gs)."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Folder of the candidate. Default: no candidate."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
    mirror_percent: NotRequired[int]
    """Share of requests that the candidate gets a copy of, its answers dropped, 1 to 100; not
    beside `canary_percent`. Default: none."""
    min_replicas: NotRequired[int]
    """Fewest server replicas that load the model. Default: 1."""
    max_replicas: NotRequired[int]
    """Most of them; above `min_replicas` Seldon scales by lag, where its installation has
    `autoscaling.autoscalingModelEnabled`. Default: the larger of 1 and `min_replicas`."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels; the characters of a value that a label cannot hold become `-`. Default:
    none."""
    namespace: pulumi.Input[str]
    """Namespace, which exists and has a SeldonRuntime and its Servers."""
    framework: str
    """What the model was made with, as Seldon tags artifacts: sklearn, xgboost, onnx and so on."""
    requirements: NotRequired[list[str]]
    """Further capabilities that the server must have. Default: those of the framework."""
    memory_mib: NotRequired[int]
    """Memory that the model needs on a server, in MiB; the scheduler packs models by it. Default:
    256."""
    server_name: NotRequired[str]
    """Server that loads the model. Default: any with the capabilities and the memory."""
    storage_secret_name: NotRequired[str]
    """Secret with rclone's settings for the store. Default: those of the servers' agents."""
    dedicated: NotRequired[bool]
    """Whether the server loads this model alone. Default: false."""
    ready_timeout_seconds: NotRequired[int]
    """How long the model may take to be loaded before the update fails. Default: 600."""


class SeldonModel(pulumi.ComponentResource):
    """One Model, and while there is a candidate a second one and an Experiment over both.

    The endpoint is the stable Model's at every step: the Experiment takes it over (`default`). To
    promote, the stable Model takes the candidate's artifact, which Seldon loads beside the old one
    before it moves the traffic; then Experiment and candidate go.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: SeldonModelArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("SeldonModel", name, args, SeldonModelArgs.__annotations__)
        core = read_core(checks, name, args, least_min=1, most_max=1000)
        settings = _read_settings(checks, core)
        checks.raise_problems()
        super().__init__("model-serving:index:SeldonModel", name, {}, opts)

        timeout = f"{settings.ready_timeout_seconds}s"

        def child(role: str, made: Manifest, *needed: pulumi.Resource) -> KubernetesObject:
            return KubernetesObject(
                f"{name}-{role}",
                made,
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=list(needed),
                    custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                ),
            )

        stable = child(
            "model",
            _object(core, args, "Model", name, core.model_version)
            | {"spec": _model(core, settings, args, args["model_uri"])},
        )
        if core.candidate_version is not None:
            second = f"{name}-candidate"
            candidate = child(
                "candidate",
                _object(core, args, "Model", second, core.candidate_version)
                | {"spec": _model(core, settings, args, args.get("candidate_uri", ""))},
            )
            child(
                "experiment",
                _object(core, args, "Experiment", name) | {"spec": _split(name, core, settings)},
                stable,
                candidate,
            )

        namespace = pulumi.Output.from_input(args["namespace"])
        self.url = namespace.apply(
            lambda known: f"http://{_MESH}.{known}.svc.cluster.local/v2/models/{name}/infer"
        )
        self.endpoint_name = stable.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(
            lambda known: network_grant(
                known,
                f"a NetworkPolicy that lets the caller reach the Service {_MESH}; requests carry "
                f"the header seldon-model: {name}",
            )
        )
        self.latency_metric = namespace.apply(lambda known: _latency_metric(name, known))
        self.scraping = _scraping(name, core, args)
        self.status = pulumi.Output.from_input(core.status("seldon", args["model_uri"]))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
            }
        )


@dataclass(frozen=True, slots=True)
class _Settings:
    """The arguments that only Seldon has, checked."""

    requirements: list[str]
    memory_mib: int
    mirror_percent: int
    dedicated: bool
    ready_timeout_seconds: int


def _read_settings(checks: Checks, core: Core) -> _Settings:
    check_namespace(checks)
    for key in ("model_uri", "candidate_uri"):
        checks.optional_text(key, _URI, f"a URI of {' or '.join(STORAGE_SCHEMES)}")
    check_tag_keys(checks)
    for key in ("server_name", "storage_secret_name"):
        checks.optional_text(key, r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "a DNS label")
    framework = checks.plain("framework")
    if framework and framework not in ARTIFACT_TAGS:
        checks.problem("framework", framework, f"one of {', '.join(sorted(ARTIFACT_TAGS))}")
    mirror_percent = checks.whole("mirror_percent", 0, 1, _FULL)
    if mirror_percent and core.candidate_version is None:
        checks.problem("mirror_percent", mirror_percent, "candidate_version and _uri beside it")
    if mirror_percent and core.canary_percent:
        use = "canary_percent 0: an Experiment has a model as candidate or as mirror"
        checks.problem("mirror_percent", mirror_percent, use)
    further = checks.texts("requirements", [])
    return _Settings(
        requirements=list(dict.fromkeys([*ARTIFACT_TAGS.get(framework, ()), *further])),
        memory_mib=checks.whole("memory_mib", 256, 1, 4 * 1024 * 1024),
        mirror_percent=mirror_percent,
        dedicated=checks.flag("dedicated", default=False),
        ready_timeout_seconds=checks.whole("ready_timeout_seconds", 600, 30, 7200),
    )


def _object(
    core: Core, args: SeldonModelArgs, kind: str, name: str, version: str | None = None
) -> Manifest:
    return manifest(
        _API,
        kind,
        name,
        args["namespace"],
        # No label reaches a pod: the servers are shared.
        tags.kubernetes(core.vocabulary(version)),
        # Else an update succeeds on a model that no server loads.
        annotations={"pulumi.com/waitFor": "condition=Ready"},
    )


def _model(
    core: Core, settings: _Settings, args: SeldonModelArgs, uri: pulumi.Input[str]
) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "storageUri": uri,
        "requirements": settings.requirements,
        "memory": f"{settings.memory_mib}Mi",
        **_replicas(core),
    }
    if settings.dedicated:
        spec["dedicated"] = True
    if "server_name" in args:
        spec["server"] = args["server_name"]
    if "storage_secret_name" in args:
        spec["secretName"] = args["storage_secret_name"]
    return spec


def _replicas(core: Core) -> dict[str, int]:
    """A fixed number, or a range; within one the number itself is the autoscaler's."""
    if core.min_replicas == core.max_replicas:
        return {"replicas": core.min_replicas}
    return {"minReplicas": core.min_replicas, "maxReplicas": core.max_replicas}


def _split(name: str, core: Core, settings: _Settings) -> dict[str, Any]:
    """All requests to the stable model's endpoint, by weight or with a mirror."""
    second = f"{name}-candidate"
    if settings.mirror_percent:
        return {
            "default": name,
            "candidates": [{"name": name, "weight": _FULL}],
            "mirror": {"name": second, "percent": settings.mirror_percent},
        }
    share = core.canary_percent
    return {
        "default": name,
        "candidates": [
            {"name": name, "weight": _FULL - share},
            {"name": second, "weight": share},
        ],
    }


def _scraping(name: str, core: Core, args: SeldonModelArgs) -> Scraping:
    """The agents of the servers that may load it, which know it and its candidate by their names.

    Labels: operator/pkg/constants/constants.go.
    """
    labels = {NAME: "seldon-server"}
    if "server_name" in args:
        labels["seldon-server-name"] = args["server_name"]
    names = {name: core.model_version}
    if core.candidate_version is not None:
        names[f"{name}-candidate"] = core.candidate_version
    return Scraping(labels, "seldon", AGENT_METRICS, model_names=names)


def _latency_metric(name: str, namespace: str) -> dict[str, str]:
    """What the servers' agents measure.

    Their histogram has no label that names the model: of one model only the mean is known.
    """
    seldon = SERVER_METRICS["seldon"]
    mean = seldon.mean
    assert mean is not None  # noqa: S101 - of Seldon it is known
    selector = seldon.select.format(namespace=namespace, model=name)
    return latency_mean(mean.total, mean.count, mean.unit, selector)
