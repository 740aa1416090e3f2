"""What a model file says for the pod of a plain model server."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from stacks.settings.fields import Closed, DnsLabel, HttpPath, Number, Text, Truth, Whole

__all__ = ["SecretKey", "ServerKind", "ServerPod"]

Folder = Annotated[
    str,
    StringConstraints(pattern=r"^(/[A-Za-z0-9._-]+)+$", max_length=256),
    Field(json_schema_extra={"allowed": "an absolute path of plain names, such as /var/cache"}),
]
SecretKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/[A-Za-z0-9._-]{1,253}$"),
    Field(json_schema_extra={"allowed": "secret-name/key of a Secret that is there"}),
]
Toleration = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9./_-]{1,316}(=[A-Za-z0-9._-]{0,63})?"
        r"(:(NoSchedule|PreferNoSchedule|NoExecute))?$"
    ),
    Field(json_schema_extra={"allowed": "key=value:Effect, such as dedicated=ml:NoSchedule"}),
]

ServerKind = Literal[
    "reference",
    "triton",
    "mlserver",
    "tensorflow-serving",
    "torchserve",
    "vllm",
    "bentoml",
    "tgi",
    "llama.cpp",
    "ollama",
]


class Probe(Closed):
    """How one probe asks."""

    path: HttpPath | None = None
    """HTTP path. Default: the server kind's."""
    delay_seconds: Whole | None = Field(default=None, ge=0, le=3600)
    """Seconds before the first one. Default: 0."""
    period_seconds: Whole | None = Field(default=None, ge=1, le=600)
    """Seconds from one to the next. Default: 5 for ready, else 10."""
    timeout_seconds: Whole | None = Field(default=None, ge=1, le=600)
    """Seconds that it waits for an answer. Default: 3 for ready, else 5."""
    failures: Whole | None = Field(default=None, ge=1, le=7200)
    """Failures one after the other before it counts. Default: 2 for ready, 3 for live, and for
    startup what load_seconds needs."""


class Probes(Closed):
    """How the kubelet asks the server."""

    by: Literal["http", "grpc", "tcp", "none"] | None = None
    """By HTTP, gRPC, an open port, or not at all. Default: http."""
    startup: Probe = Probe.model_construct()
    """Whether it has loaded the model."""
    ready: Probe = Probe.model_construct()
    """Whether it takes requests."""
    live: Probe = Probe.model_construct()
    """Whether it is alive; if not, it is started anew."""


class ServerPod(Closed):
    """Keys about the pod."""

    server: ServerKind = "reference"
    """Kind of model server: its ports, probes, metrics, paths and arguments."""
    profile: Literal["cluster", "edge"] = "cluster"
    """edge is a small cluster: one pod, nothing around it, a model that is there without a network.
    It needs min_replicas and max_replicas 1."""
    port: Whole | None = Field(default=None, ge=1024, le=65_535)
    """Port for HTTP. Default: the server kind's."""
    grpc_port: Whole | None = Field(default=None, ge=1024, le=65_535)
    """Port for gRPC. Default: the server kind's, or none."""
    metrics_port: Whole | None = Field(default=None, ge=1024, le=65_535)
    """Port with the metrics. Default: the server kind's, or `port`."""
    metrics_path: HttpPath | None = None
    """Path of the metrics. Default: the server kind's."""
    prometheus_annotations: Truth | None = None
    """Whether pods say by annotations where their metrics are. Default: true, if there are any."""
    probes: Probes = Probes.model_construct()
    """How the kubelet asks the server."""
    command: list[Text] = Field(default=[])
    """Command of the server. Default: the server kind's, or the image's."""
    arguments: list[Text] = Field(default=[])
    """Arguments of the model server, after the server kind's."""
    env: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    secret_env: dict[str, SecretKey] = Field(default={})
    """Secret environment variables, each as `secret-name/key` of a Secret that is there."""
    config: dict[str, str] = Field(default={})
    """Files under /etc/model-server by name."""
    cpu_limit: Number | None = Field(default=None, gt=0, le=192)
    """Most CPU cores of a replica. Default: resources.cpu."""
    memory_limit_mib: Whole | None = Field(default=None, ge=64, le=4 * 1024 * 1024)
    """Most memory of a replica in MiB. Default: resources.memory_mib."""
    disk_mib: Whole | None = Field(default=None, ge=1, le=16 * 1024 * 1024)
    """Disk of the node that a replica may use, in MiB. Default: what its folders may hold."""
    tmp_mib: Whole | None = Field(default=None, ge=1, le=1024 * 1024)
    """What /tmp may hold, in MiB. Default: 512; at the edge 128."""
    shm_mib: Whole | None = Field(default=None, ge=0, le=1024 * 1024)
    """What /dev/shm may hold, in MiB of memory. Default: 1024 with GPUs."""
    writable_folders: list[Folder] = Field(default=[], max_length=20)
    """More folders that the server may write to; the rest is read-only."""
    writable_mib: Whole | None = Field(default=None, ge=1, le=1024 * 1024)
    """What each of them may hold, in MiB. Default: 256."""
    node_selector: dict[str, str] = Field(default={})
    """Labels of the nodes that replicas may run on."""
    tolerations: list[Toleration] = Field(default=[], max_length=50)
    """Taints of nodes that replicas bear, each as `key=value:Effect` or less."""
    priority_class_name: DnsLabel | None = None
    """Priority class of the pods. Default: the cluster's."""
    image_pull_policy: Literal["IfNotPresent", "Always", "Never"] | None = None
    """When nodes pull images. Default: IfNotPresent."""
    image_pull_secrets: list[DnsLabel] = Field(default=[], max_length=20)
    """Secrets with which nodes pull the images."""
    download_image: Text | None = None
    """Image that brings the artifact, as KServe's storage initialiser does, pinned by `@sha256:`.
    Default: the environment's; without one the server's image holds the artifact, or fetches it."""
    download_cpu: Number | None = Field(default=None, gt=0, le=64)
    """CPU cores of the download. Default: 1."""
    download_memory_mib: Whole | None = Field(default=None, ge=64, le=1024 * 1024)
    """Memory of the download in MiB. Default: 1024."""
    model_mib: Whole | None = Field(default=None, ge=1, le=16 * 1024 * 1024)
    """What the downloaded model may need on the node's disk, in MiB. Default: 4096."""
    model_volume_mib: Whole | None = Field(default=None, ge=1, le=16 * 1024 * 1024)
    """Size of a volume that keeps the downloaded model, in MiB. Default: none; each pod downloads.
    """
    storage_class_name: DnsLabel | None = None
    """Storage class of that volume. Default: the cluster's."""
    image_volumes: Truth | None = None
    """Whether `oci://` artifacts can be mounted. Default: the environment's, or false."""
    user_id: Whole | None = Field(default=None, ge=1, le=2**31 - 1)
    """Numeric user and group of the containers. Default: the server kind's, or 10001."""
    load_seconds: Whole | None = Field(default=None, ge=1, le=7200)
    """Seconds that the server may take to load the model. Default: 60."""
    drain_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds that a pod which goes still answers. Default: 15."""
    grace_seconds: Whole | None = Field(default=None, ge=1, le=3600)
    """Seconds that requests in flight may take after that. Default: 45."""
    pod_annotations: dict[str, str] = Field(default={})
    """Annotations of the pods."""
    service_account_name: DnsLabel | None = None
    """Service account, which exists. Default: one of its own."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=30, le=7200)
    """Seconds after which a server that is not ready fails the update. Default: 900."""
