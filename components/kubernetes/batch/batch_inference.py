"""A model that scores what lies in a bucket: a `Job` once per version, or a `CronJob`."""

import hashlib
from typing import Any, NotRequired, TypedDict

import pulumi

from components.checks import Checks
from components.kubernetes import network
from components.kubernetes.batch.batch_job import job_spec
from components.kubernetes.batch.batch_settings import OVERLAPS, BatchSettings, read_batch_settings
from components.kubernetes.labels import NAME
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from components.kubernetes.service_account import own_account
from facts import tags

__all__ = ["BatchInference", "BatchInferenceArgs"]


class BatchInferenceArgs(TypedDict):
    """Flat arguments of `BatchInference`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the model."""
    model_uri: pulumi.Input[str]
    """Where the model is; the container finds it in MODEL_URI, its version in MODEL_VERSION."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels; the characters of a value that a label cannot hold become `-`. Default:
    none."""
    namespace: pulumi.Input[str]
    """Namespace, which exists."""
    image: pulumi.Input[str]
    """Image that scores: reads INPUT_URI, writes OUTPUT_URI, ends with 0 when all is done."""
    input_uri: pulumi.Input[str]
    """What is scored, such as a prefix of a bucket."""
    output_uri: pulumi.Input[str]
    """Where the results go."""
    schedule: NotRequired[str]
    """When to run, as cron writes it: five fields, or `@daily` and its likes. Default: once for
    each version, image and input, during the update."""
    time_zone: NotRequired[str]
    """Time zone of the schedule. Default: Etc/UTC."""
    overlap: NotRequired[str]
    """What happens when a run is due and the last one is not done: forbid, allow or replace.
    Default: forbid."""
    late_seconds: NotRequired[int]
    """How late a run may begin; a later one is left out. Default: 3600."""
    suspended: NotRequired[bool]
    """Whether the schedule rests. Default: false."""
    kept_runs: NotRequired[int]
    """How many runs that are done are kept, and as many that failed. Default: 3."""
    partitions: NotRequired[int]
    """Into how many parts a run is split; a pod finds its part in JOB_COMPLETION_INDEX, from 0, and
    their number in PARTITIONS. Default: 1."""
    parallelism: NotRequired[int]
    """How many parts run at once. Default: 1."""
    retries: NotRequired[int]
    """How many pods may fail before the run fails; a node that is drained does not count.
    Default: 2."""
    timeout_seconds: NotRequired[int]
    """How long a run may take in all. Default: 3600."""
    wait_for_completion: NotRequired[bool]
    """Whether the update waits for the run and fails with it; the next update then makes the run
    again. Not with a schedule. Default: true."""
    arguments: NotRequired[list[str]]
    """Arguments of the container. Default: the image's own."""
    env: NotRequired[dict[str, str]]
    """Environment variables; nothing secret. Default: none."""
    secret_env: NotRequired[dict[str, str]]
    """Environment variables from Secrets that are there, each as `secret-name/key`. Default:
    none."""
    cpu: NotRequired[float]
    """CPU cores per pod. Default: 1."""
    cpu_limit: NotRequired[float]
    """CPU cores that a pod may use at most. Default: `cpu`."""
    memory_mib: NotRequired[int]
    """Memory per pod in MiB. Default: 2048."""
    memory_limit_mib: NotRequired[int]
    """Memory in MiB beyond which a pod is killed. Default: `memory_mib`."""
    scratch_mib: NotRequired[int]
    """Size of /scratch in MiB. Default: 1024."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Default: none."""
    accelerator_count: NotRequired[int]
    """Whole GPUs per pod, 1 to 16. Default: 1 when `accelerator` is given."""
    gpu_node_labels: NotRequired[dict[str, str]]
    """Labels of the GPU nodes that the pods run on: a pool's output `node_selector`. Default: all
    nodes that carry the accelerator."""
    gpu_resource: NotRequired[str]
    """What a pod requests of those nodes: the pool's output of that name. Default:
    nvidia.com/gpu, whole GPUs."""
    gpu_tolerations: NotRequired[list[str]]
    """Taints of those nodes that the pods tolerate beside nvidia.com/gpu, `key=value:Effect`: of
    spot machines on AKS, of a ComputeClass on GKE. Default: none."""
    node_selector: NotRequired[dict[str, str]]
    """Labels of the nodes that may run it. Default: any node."""
    tolerations: NotRequired[list[str]]
    """Taints that its pods bear, each as `key=value:Effect`. Default: those of GPU nodes."""
    priority_class_name: NotRequired[str]
    """Priority class of the pods, which exists. Default: the cluster's."""
    download_image: NotRequired[pulumi.Input[str]]
    """Image that brings the artifact to /mnt/models first, as KServe's storage initialiser does:
    artifact and folder are its arguments. Default: the container fetches the model itself."""
    download_cpu: NotRequired[float]
    """CPU cores of the download. Default: 1."""
    download_memory_mib: NotRequired[int]
    """Memory of the download in MiB. Default: 1024."""
    model_mib: NotRequired[int]
    """Disk in MiB that the model takes when it is downloaded. Default: 4096."""
    egress: NotRequired[list[str]]
    """Further places that it calls, each as `namespace:port` or `block:port`. Default: none."""
    storage_cidrs: NotRequired[list[str]]
    """Blocks of addresses of buckets and registries, for HTTPS. Default: any address but the
    node's."""
    mesh: NotRequired[str]
    """none, istio_sidecar (with native sidecars, or a run would never end) or istio_ambient.
    Default: none."""
    service_account_name: NotRequired[str]
    """Service account, which exists and may read input and model, and write the output. Default:
    one of its own."""
    pod_labels: NotRequired[dict[str, str]]
    """Further labels of its pods, such as those that a cloud's webhook looks for. Default: none."""
    user_id: NotRequired[int]
    """Numeric user and group of the containers, not 0. Default: 10001."""


class BatchInference(pulumi.ComponentResource):
    """Batch scoring; without a schedule the update fails unless the run ends well.

    A run is named by what it does. The same settings are the same run: an update that changes
    nothing does not score again.
    """

    url: pulumi.Output[str]
    """Where the results go."""
    endpoint_name: pulumi.Output[str]
    """Name of the Job or CronJob."""
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: BatchInferenceArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("BatchInference", name, args, BatchInferenceArgs.__annotations__)
        settings = read_batch_settings(checks, name, args)
        access = network.read_access(checks, usual_ingress_namespace="")
        checks.raise_problems()
        super().__init__("model-serving:index:BatchInference", name, {}, opts)

        namespace = args["namespace"]
        selector = {NAME: name}
        labels = {**selector, **tags.kubernetes(settings.vocabulary())}
        child = pulumi.ResourceOptions(parent=self)
        before: list[pulumi.Resource] = []
        if "service_account_name" not in args:
            before.append(own_account(self, name, namespace, labels))
        policy = network.outward_only(
            name, namespace, labels, pods=network.labelled(selector), access=access
        )
        before.append(KubernetesObject(f"{name}-network-policy", policy, child))

        run = _cron_job(settings, args) if settings.schedule else _job(settings, args)
        timeout = f"{settings.timeout_seconds + 300}s"
        made = KubernetesObject(
            f"{name}-{'cron-job' if settings.schedule else 'job'}",
            run,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=before,
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
            ),
        )
        self.url = pulumi.Output.from_input(args["output_uri"])
        self.endpoint_name = made.metadata.apply(lambda metadata: str(metadata["name"]))
        self.status = pulumi.Output.from_input(
            {
                "target": "kubernetes_batch",
                "environment": settings.environment,
                "owner": settings.owner,
                "version": settings.model_version,
                "schedule": settings.schedule,
                "min_replicas": 0,
                "max_replicas": settings.parallelism,
                "model_uri": args["model_uri"],
            }
        )
        self.register_outputs(
            {"url": self.url, "endpoint_name": self.endpoint_name, "status": self.status}
        )


def _cron_job(settings: BatchSettings, args: BatchInferenceArgs) -> Manifest:
    labels = _labels(settings)
    return manifest(
        "batch/v1",
        "CronJob",
        settings.name,
        args["namespace"],
        labels,
        spec={
            "schedule": settings.schedule,
            "timeZone": settings.time_zone,
            "concurrencyPolicy": OVERLAPS[settings.overlap],
            "startingDeadlineSeconds": settings.late_seconds,
            "suspend": settings.suspended,
            "successfulJobsHistoryLimit": settings.kept_runs,
            "failedJobsHistoryLimit": settings.kept_runs,
            "jobTemplate": {
                "metadata": {"labels": labels},
                "spec": job_spec(settings, args, {**settings.pod_labels, **labels}),
            },
        },
    )


def _job(settings: BatchSettings, args: BatchInferenceArgs) -> Manifest:
    """A Job's template cannot change: another run is another Job, named by what it does."""
    # Not the owner or the cost centre: who pays for a run does not make it another one.
    pod_labels = tags.kubernetes(
        {
            tags.MODEL: settings.name,
            tags.MODEL_VERSION: settings.model_version,
            tags.ENVIRONMENT: settings.environment,
        }
    )
    spec = job_spec(settings, args, {**settings.pod_labels, NAME: settings.name, **pod_labels})
    immutable = {key: spec[key] for key in ("template", "completions", "podFailurePolicy")}
    name = pulumi.Output.json_dumps(immutable, sort_keys=True).apply(
        lambda text: f"{settings.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    )
    made = manifest("batch/v1", "Job", name, args["namespace"], _labels(settings), spec=spec)
    # What is waited for and did not end well is made again by the next update; what nobody waits
    # for may still be on its way then.
    waits = settings.wait_for_completion
    annotation = "pulumi.com/replaceUnready" if waits else "pulumi.com/skipAwait"
    made["metadata"]["annotations"] = {annotation: "true"}
    return made


def _labels(settings: BatchSettings) -> dict[str, str]:
    vocabulary = settings.vocabulary(settings.model_version)
    return {NAME: settings.name, **tags.kubernetes(vocabulary)}
