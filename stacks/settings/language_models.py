"""What a model file says of a language model, by whichever target it is served."""

from typing import Literal

from pydantic import Field

from stacks.settings.fields import Closed, DnsLabel, Number, PinnedImage, Text, Whole

__all__ = ["Cache", "LanguageModelKeys", "LoadScalingKeys"]


class Cache(Closed):
    """Where the weights are kept near the GPUs."""

    kind: Literal["local", "volume"]
    """`local`: KServe's cache on the disks of node groups; `volume`: a claim that a Job fills."""
    size_gib: Whole = Field(ge=1, le=64 * 1024)
    """Room that the model's files need."""
    node_groups: list[DnsLabel] = Field(default=[], max_length=20)
    """LocalModelNodeGroups that keep the model; needed for `local`."""
    storage_class: DnsLabel | None = None
    """StorageClass of the claim, one that many nodes can mount. Default: the cluster's."""
    download_image: PinnedImage | None = None
    """Image that fills the claim, as KServe's storage initialiser does; needed for `volume`."""


class LanguageModelKeys(Closed):
    """Keys of a language model."""

    served_model_name: Text | None = None
    """Name by which clients ask for the model. Default: the file's."""
    tensor_parallel: Whole | None = Field(default=None, ge=1, le=16)
    """GPUs over which each layer is parted. Default: all GPUs of a replica."""
    pipeline_parallel: Whole | None = Field(default=None, ge=1, le=16)
    """Stages into which the layers are parted, in one pod. Default: 1."""
    max_model_length: Whole | None = Field(default=None, ge=1, le=10_000_000)
    """Most tokens of prompt and answer. Default: the model's own."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] | None = None
    """Type of the weights in memory. Default: auto."""
    quantization: (
        Literal[
            "awq",
            "awq_marlin",
            "bitsandbytes",
            "compressed-tensors",
            "fp8",
            "gptq",
            "gptq_marlin",
            "modelopt",
            "torchao",
        ]
        | None
    ) = None
    """How the weights are quantised. Default: what the checkpoint says."""
    gpu_memory_utilization: Number | None = Field(default=None, ge=0.1, le=0.99)
    """Share of each GPU's memory that vLLM takes. Default: 0.9."""
    weights_gib: Number | None = Field(default=None, ge=0.01, le=4096)
    """Size of the weights in GPU memory; what cannot fit is refused. Default: not checked."""
    shared_memory_mib: Whole | None = Field(default=None, ge=64, le=1024 * 1024)
    """Size of /dev/shm, part of the memory. Default: 1024 per GPU when there are several."""
    token_secret_name: DnsLabel | None = None
    """Secret in the namespace whose key HF_TOKEN may fetch the model. Default: none."""
    cache: Cache | None = None
    """Where the weights are kept near the GPUs. Default: fetched by each new pod."""


class LoadScalingKeys(Closed):
    """Keys of autoscaling by the load that vLLM measures."""

    load_metric: Literal["queue_depth", "requests_in_flight", "kv_cache_use"] | None = None
    """What load is: waiting requests, waiting and running ones, or the KV cache's use."""
    load_target: Number | None = Field(default=None, gt=0, le=10_000)
    """What a replica may have of it. Default: 5 waiting, 32 in flight, 0.8 of the cache."""
    activation_query: Text | None = None
    """PromQL that is above 0 while callers wait and nothing runs; for `min_replicas: 0`."""
    cooldown_seconds: Whole | None = Field(default=None, ge=0, le=3600)
    """How long load must be low before replicas are taken away. Default: 300."""
