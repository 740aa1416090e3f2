"""One model on a server that others share: a `TrainedModel` of KServe.

Spellings and behaviour are those of KServe's own source, release 0.20
(pkg/apis/serving/v1alpha1/trained_model.go and trainedmodel_webhook.go, pkg/agent). Its authors
mean to retire it one day and develop it no further; https://github.com/kserve/kserve/pull/3758
"""

from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes.kserve.kserve_modes import MODES
from components.kubernetes.kserve.kserve_scraping import predictors
from components.kubernetes.kserve.shared_model_server import latency_of_triton
from components.kubernetes.labels import check_namespace, check_tag_keys
from components.kubernetes.monitoring.scraping import Scraping
from components.kubernetes.objects import KubernetesObject, manifest
from components.kubernetes.outputs import network_grant, status_url
from components.serving import read_base
from facts import tags
from facts.trained_models import FRAMEWORKS, SCHEMES, TRITON_METRICS

__all__ = ["TrainedModel", "TrainedModelArgs"]

_URI: Final = rf"({'|'.join(SCHEMES)})://.+"


class TrainedModelArgs(TypedDict):
    """Flat arguments of `TrainedModel`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the model."""
    model_uri: pulumi.Input[str]
    """Folder of the model as Triton wants it, in a store of s3, gs or https."""
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
    """Namespace of the server."""
    server: str
    """Shared server that loads the model: the name of its InferenceService, which is there
    first."""
    framework: str
    """What the model was made with: onnx, pytorch, tensorflow, tensorrt or triton."""
    memory_mib: int
    """Most memory that the model takes, in MiB; another amount makes the model anew."""
    deployment_mode: NotRequired[str]
    """The server's: knative or standard. Default: knative."""
    ready_timeout_seconds: NotRequired[int]
    """How long the model may take to be taken in before the update fails. Default: 300."""


class TrainedModel(pulumi.ComponentResource):
    """One TrainedModel; the update fails unless KServe takes it in.

    Ready says that the server is there and has the memory, not that the model is loaded: KServe
    does not hear of that. A new version is loaded in place of the old one, at once and without a
    share.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: TrainedModelArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("TrainedModel", name, args, TrainedModelArgs.__annotations__)
        base = read_base(checks, name, least_min=1, most_max=1)
        version = checks.plain("model_version")
        check_namespace(checks)
        checks.text("model_uri", _URI, f"a URI of {', '.join(SCHEMES)}")
        checks.text("server", r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "a DNS label")
        framework = checks.plain("framework")
        if framework and framework not in FRAMEWORKS:
            checks.problem("framework", framework, f"one of {', '.join(FRAMEWORKS)}")
        if not checks.given("memory_mib"):
            checks.problem("memory_mib", None, "a whole number from 1 to 4194304")
        memory_mib = checks.whole("memory_mib", 1, 1, 4 * 1024 * 1024)
        mode = checks.choice("deployment_mode", "knative", MODES)
        seconds = checks.whole("ready_timeout_seconds", 300, 30, 7200)
        check_tag_keys(checks)
        checks.raise_problems()
        super().__init__("model-serving:index:TrainedModel", name, {}, opts)

        server = args["server"]
        trained = KubernetesObject(
            f"{name}-trained-model",
            manifest(
                "serving.kserve.io/v1alpha1",
                "TrainedModel",
                name,
                args["namespace"],
                tags.kubernetes(base.vocabulary(version)),
                annotations={"pulumi.com/waitFor": "condition=Ready"},
                spec={
                    "inferenceService": server,
                    "model": {
                        "storageUri": args["model_uri"],
                        "framework": framework,
                        "memory": f"{memory_mib}Mi",
                    },
                },
            ),
            pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{seconds}s", update=f"{seconds}s"),
                # The webhook refuses an update of it.
                replace_on_changes=["spec.model.memory"],
                delete_before_replace=True,
            ),
        )

        host = server if mode == "knative" else f"{server}-predictor"
        namespace = pulumi.Output.from_input(args["namespace"])
        self.url = pulumi.Output.all(trained.status, namespace).apply(
            lambda known: status_url(
                known[0], f"http://{host}.{known[1]}.svc.cluster.local/v2/models/{name}/infer"
            )
        )
        self.endpoint_name = trained.metadata.apply(lambda metadata: str(metadata["name"]))
        self.invoke_policy = namespace.apply(
            lambda known: network_grant(known, f"what {server} grants")
        )
        self.latency_metric = namespace.apply(lambda known: latency_of_triton(server, known, name))
        self.scraping = Scraping(
            predictors(server), "triton", TRITON_METRICS, model_names={name: version}
        )
        self.unscraped = "a sidecar beside a server that others share does not tell models apart"
        said = base.facts("kserve_trained_model")
        self.status = pulumi.Output.from_input(
            {
                **{key: value for key, value in said.items() if not key.endswith("_replicas")},
                "version": version,
                "model_uri": args["model_uri"],
                "server": server,
            }
        )
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
            }
        )
