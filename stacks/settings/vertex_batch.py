"""What a model file says for batch prediction on Vertex AI."""

from typing import ClassVar, Literal

from pydantic import Field

from stacks.settings.batch import Batch
from stacks.settings.common import Resources
from stacks.settings.fields import HttpPath, Text, Whole
from stacks.settings.google_cloud import ServiceAccount
from stacks.settings.vertex import MachineType

__all__ = ["VertexBatch"]


class VertexBatch(Batch):
    """A model that scores what lies in Cloud Storage or BigQuery."""

    needs: ClassVar = frozenset({"gcp", "vertex"})

    target: Literal["vertex_batch"]
    """Where the model runs."""
    resources: Resources = Resources.model_construct()
    """GPUs of a machine; its CPU and memory are those of its type."""
    machine_type: MachineType | None = None
    """Machine type. Default: n1-standard-2, or the cheapest with the accelerator."""
    parallelism: Whole = Field(default=1, ge=1, le=1000)
    """How many machines a run has."""
    batch_size: Whole | None = Field(default=None, ge=1, le=100_000)
    """How many rows a request to the model has. Default: Vertex AI's, 64."""
    input_format: (
        Literal["jsonl", "csv", "tf-record", "tf-record-gzip", "file-list", "bigquery"] | None
    ) = None
    """Form of the rows. Default: bigquery for bq://, else jsonl."""
    output_format: Literal["jsonl", "csv", "bigquery"] | None = None
    """Form of the results. Default: bigquery for bq://, else jsonl."""
    timeout_seconds: Whole | None = Field(default=None, ge=60, le=7 * 24 * 3600)
    """How long the update waits for a run. Default: 3600."""
    retries: Whole | None = Field(default=None, ge=0, le=5)
    """How often a schedule asks again for a run that Vertex AI did not take. Default: 2."""
    port: Whole | None = Field(default=None, ge=1, le=65535)
    """Port of a container of one's own. Default: 8080."""
    predict_route: HttpPath | None = None
    """Path of a container of one's own that answers requests. Default: Vertex AI's."""
    health_route: HttpPath | None = None
    """Path of a container of one's own that says whether it is well. Default: Vertex AI's."""
    arguments: list[Text] = Field(default=[])
    """Arguments of a container of one's own."""
    env: dict[str, str] = Field(default={})
    """Environment variables of a container of one's own; nothing secret."""
    service_account: ServiceAccount | None = None
    """Service account of the containers. Default: one of their own, which may read the model and
    the input, and write the output."""
    ready_timeout_seconds: Whole | None = Field(default=None, ge=60, le=7200)
    """How long an upload may take. Default: 3600."""
