"""What a model file says for scoring in batches on Kubernetes."""

from typing import ClassVar, Literal

from pydantic import Field

from stacks.settings.batch import Batch
from stacks.settings.common import Artifact, Resources
from stacks.settings.fields import DnsLabel, Number, Text, Whole
from stacks.settings.network_access import Place
from stacks.settings.server_pod import SecretKey, Toleration


class KubernetesBatch(Batch):
    """A model that scores what lies in a bucket: a Job once per version, or a CronJob."""

    needs: ClassVar = frozenset({"kubernetes"})

    target: Literal["kubernetes_batch"]
    """Where the model runs."""
    model: Artifact
    """The model; its image does the scoring."""
    resources: Resources = Resources.model_construct()
    """What one pod gets."""
    overlap: Literal["forbid", "allow", "replace"] | None = None
    """What happens when a run is due and the last one is not done. Default: forbid."""
    late_seconds: Whole | None = Field(default=None, ge=10, le=7 * 24 * 3600)
    """How late a run may begin; a later one is left out. Default: 3600."""
    kept_runs: Whole | None = Field(default=None, ge=1, le=100)
    """How many runs that are done are kept, and as many that failed. Default: 3."""
    partitions: Whole = Field(default=1, ge=1, le=100_000)
    """Into how many parts a run is split."""
    parallelism: Whole = Field(default=1, ge=1, le=1000)
    """How many parts run at once."""
    retries: Whole | None = Field(default=None, ge=0, le=100)
    """How many pods may fail before the run fails. Default: 2."""
    timeout_seconds: Whole | None = Field(default=None, ge=60, le=7 * 24 * 3600)
    """How long a run may take in all. Default: 3600."""
    namespace: DnsLabel = "models"
    """Kubernetes namespace. Default: the environment's, or `models`."""
    arguments: list[Text] = Field(default=[])
    """Arguments of the container."""
    env: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    secret_env: dict[str, SecretKey] = Field(default={})
    """Secret environment variables, each as `secret-name/key` of a Secret that is there."""
    cpu_limit: Number | None = Field(default=None, gt=0, le=192)
    """Most CPU cores of a pod. Default: resources.cpu."""
    memory_limit_mib: Whole | None = Field(default=None, ge=64, le=4 * 1024 * 1024)
    """Most memory of a pod in MiB. Default: resources.memory_mib."""
    scratch_mib: Whole | None = Field(default=None, ge=64, le=16 * 1024 * 1024)
    """Size of /scratch in MiB. Default: 1024."""
    node_selector: dict[str, str] = Field(default={})
    """Labels of the nodes that may run it."""
    tolerations: list[Toleration] = Field(default=[])
    """Taints that its pods bear. Default: those of GPU nodes."""
    priority_class_name: DnsLabel | None = None
    """Priority class of the pods, which exists."""
    download_image: Text | None = None
    """Image that brings the artifact to /mnt/models. Default: the environment's."""
    download_cpu: Number | None = Field(default=None, gt=0, le=64)
    """CPU cores of the download. Default: 1."""
    download_memory_mib: Whole | None = Field(default=None, ge=64, le=1024 * 1024)
    """Memory of the download in MiB. Default: 1024."""
    model_mib: Whole | None = Field(default=None, ge=1, le=16 * 1024 * 1024)
    """Disk in MiB that the model takes when it is downloaded. Default: 4096."""
    egress: list[Place] = Field(default=[], max_length=100)
    """What it calls beside buckets and registries."""
    service_account_name: DnsLabel | None = None
    """Service account that may read the input and write the output. Default: one of its own, which
    may by the environment's `identity`; without, the platform's team gives it that right."""
    user_id: Whole | None = Field(default=None, ge=1, le=2**31 - 1)
    """Numeric user of the containers. Default: 10001."""
