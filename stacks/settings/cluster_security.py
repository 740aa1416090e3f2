"""What an environment says of its cluster's security: limits, people, mesh, cloud identity."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from facts.addresses import is_block
from stacks.settings.fields import Closed, DnsLabel, Number, Text, Whole

__all__ = ["IDENTITIES", "Cidr", "Identity", "KeyArn", "Mesh", "Quota"]

Mesh = Literal["none", "istio_sidecar", "istio_ambient"]
Identity = Literal["none", "eks_pod_identity", "eks_irsa", "gke", "aks"]
IDENTITIES: Final = ("eks_pod_identity", "eks_irsa", "gke", "aks")


def _block(text: str) -> str:
    if not is_block(text):
        raise PydanticCustomError("not_a_block", "no block of addresses")
    return text


Cidr = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$"),
    AfterValidator(_block),
    Field(json_schema_extra={"allowed": "a block of addresses, such as 10.0.0.0/16"}),
]
KeyArn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"),
    Field(
        json_schema_extra={
            "allowed": "the ARN of a KMS key: arn:aws:kms:eu-west-1:123456789012:key/…"
        }
    ),
]


class Quota(Closed):
    """The most that the pods of one namespace may ask for together."""

    pods: Whole | None = Field(default=None, ge=1, le=100_000)
    """Pods. Default: no limit."""
    cpu: Number | None = Field(default=None, gt=0, le=1_000_000)
    """CPU cores. Default: no limit."""
    memory_mib: Whole | None = Field(default=None, ge=64, le=10**9)
    """Memory in MiB. Default: no limit."""
    gpus: Whole | None = Field(default=None, ge=0, le=100_000)
    """GPUs. Default: no limit."""


class ClusterSecurity(Closed):
    """Keys of `model-serving:targets.kubernetes` about security."""

    pod_security: Literal["restricted", "baseline"] | None = None
    """Pod Security Standard that the models' namespaces enforce. Default: baseline where KServe
    fetches a model, as its initialiser meets no more; restricted otherwise."""
    quota: Quota = Quota.model_construct()
    """The most that each of the models' namespaces may ask for."""
    reader_groups: list[Text] = Field(default=[], max_length=50)
    """Groups that may look at the models and their logs, by the cluster's names for them."""
    operator_groups: list[Text] = Field(default=[], max_length=50)
    """Groups that may also restart and scale models: who is on call."""
    mesh: Mesh = "none"
    """The service mesh that the models' namespaces join."""
    ingress_namespace: DnsLabel | None = None
    """Namespace of the gateway by which requests come in. Default: istio-system for KServe,
    ingress-nginx for plain model servers."""
    metrics_namespace: DnsLabel = "monitoring"
    """Namespace of what reads the models' metrics."""
    storage_cidrs: list[Cidr] = Field(default=[], max_length=50)
    """Where artifacts are fetched from by HTTPS. Default: anywhere but the nodes' own addresses."""
    identity: Identity = "none"
    """By what a model's pods get the right to read its artifact, and a batch run's to read its
    input and write its output, without keys."""
    artifact_key_arn: KeyArn | None = None
    """KMS key that artifacts and outputs in S3 are encrypted by. Default: none, or S3's own."""
