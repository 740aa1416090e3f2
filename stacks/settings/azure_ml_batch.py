"""What a model file says for scoring in batches on Azure ML."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from facts.azure_ml import COMPUTE_NAME, COMPUTE_NAME_SHAPE
from stacks.settings.azure_ml import AzureSize
from stacks.settings.batch import Batch
from stacks.settings.common import Resources, Uri
from stacks.settings.fields import Text, Truth, Whole

__all__ = ["AzureMlBatch", "ComputeName"]

ComputeName = Annotated[
    str,
    StringConstraints(pattern=rf"^{COMPUTE_NAME}$", min_length=3, max_length=24),
    Field(json_schema_extra={"allowed": COMPUTE_NAME_SHAPE}),
]


class AzureMlBatch(Batch):
    """A model behind a batch endpoint, which scores what lies in Blob Storage."""

    needs: ClassVar = frozenset({"azure", "azure_ml"})

    target: Literal["azure_ml_batch"]
    """Where the model runs."""
    schedule: Text | None = None
    """When to run, as cron writes it: times of day, on all days or on some of the week. Default:
    never by itself, which `on_demand` has to say."""
    on_demand: Truth = False
    """Whether whoever invokes the endpoint starts its runs, and no schedule does."""
    resources: Resources = Resources.model_construct()
    """GPUs of a machine; its CPU and memory are those of its size."""
    code_uri: Uri | None = None
    """Folder in Blob Storage with the scoring script, beside `model.image`. Default: none; MLflow
    models need none."""
    scoring_script: Text | None = None
    """The script within that folder. Default: score.py."""
    env: dict[str, str] = Field(default={})
    """Environment variables; nothing secret."""
    compute_name: ComputeName | None = None
    """Compute cluster of the workspace that is there. Default: the environment's; else one of the
    endpoint's own, which has no machines between runs."""
    instance_type: AzureSize | None = None
    """Size of the machines of a cluster of its own. Default: Standard_DS3_v2."""
    low_priority: Truth | None = None
    """Whether machines of a cluster of its own may be taken away at any time. Default: false."""
    idle_seconds: Whole | None = Field(default=None, ge=60, le=24 * 3600)
    """How long machines of a cluster of its own wait for the next run. Default: 120."""
    public_nodes: Truth | None = None
    """Whether machines of a cluster of its own have public addresses, where the workspace has no
    network for them and the environment names none; SSH stays closed. Default: false."""
    parallelism: Whole = Field(default=1, ge=1, le=100)
    """How many machines a run has."""
    concurrency_per_instance: Whole | None = Field(default=None, ge=1, le=1000)
    """How many mini batches a machine scores at once. Default: 1."""
    mini_batch_size: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """How many files a mini batch has. Default: 10."""
    mini_batch_timeout_seconds: Whole | None = Field(default=None, ge=1, le=24 * 3600)
    """How long a mini batch may take. Default: 30."""
    retries: Whole | None = Field(default=None, ge=0, le=100)
    """How often a mini batch that failed is scored again. Default: 3."""
    error_threshold: Whole | None = Field(default=None, ge=-1, le=2**31 - 1)
    """How many files may fail before the run does; -1 for any number. Default: 0."""
    output_action: Literal["append_row", "summary_only"] | None = None
    """`append_row`, one file with all results; or `summary_only`, where the script writes them.
    Default: append_row."""
    output_file_name: Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,128}$")] | None = None
    """Name of that file. Default: predictions.csv."""
