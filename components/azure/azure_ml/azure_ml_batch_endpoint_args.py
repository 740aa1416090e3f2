"""What an `AzureMlBatchEndpoint` is asked for, flat, as Pulumi's component host wants it."""

from typing import NotRequired, TypedDict

import pulumi

__all__ = ["AzureMlBatchEndpointArgs"]


class AzureMlBatchEndpointArgs(TypedDict):
    """Flat arguments of `AzureMlBatchEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    subscription_id: pulumi.Input[str]
    """Subscription of the workspace and of the storage."""
    resource_group: pulumi.Input[str]
    """Resource group of the workspace; identity, role and schedule are made there."""
    workspace_name: pulumi.Input[str]
    """Azure ML workspace, which exists."""
    storage_resource_group: NotRequired[pulumi.Input[str]]
    """Resource group of the storage accounts. Default: that of the workspace."""
    artifact_container_ids: NotRequired[list[str]]
    """Ids of further blob containers that runs read: that in which the workspace keeps its models,
    where the model is named by `azureml:`. Default: none."""
    registry_id: NotRequired[pulumi.Input[str]]
    """Id of the Azure Container Registry with the image, else of the workspace, which keeps there
    what it builds. Default: none, the image is public."""
    model_version: str
    """Version of the model."""
    model_uri: pulumi.Input[str]
    """The model: `https://account.blob.core.windows.net/container/path` in Blob Storage, or
    `azureml:name:version` in the workspace. A known text: rights follow from it."""
    framework: NotRequired[str]
    """mlflow: the model says itself how it is loaded. Default: none; needed unless `image` is
    given."""
    image: NotRequired[pulumi.Input[str]]
    """Image in which `code_uri` runs, with azureml-core and azureml-dataset-runtime[fuse] in it.
    Default: what Azure ML builds for the framework."""
    code_uri: NotRequired[pulumi.Input[str]]
    """Folder in Blob Storage with the scoring script, a known text. Default: none; needed beside
    `image`."""
    scoring_script: NotRequired[str]
    """The script in that folder: its `run()` gets paths of files, as many as a mini batch has.
    Default: score.py."""
    env: NotRequired[dict[str, str]]
    """Environment variables; nothing secret. Default: none."""
    input_uri: pulumi.Input[str]
    """What is scored: a folder in Blob Storage, a known text."""
    output_uri: pulumi.Input[str]
    """Folder in Blob Storage where the results go, a known text; scheduled runs have folders of
    their own in it. The role reaches its container too: give outputs one of their own."""
    schedule: NotRequired[str]
    """When to run, as cron writes it: minutes, hours and days of the week. Default: never by
    itself, which `on_demand` has to say."""
    time_zone: NotRequired[str]
    """Time zone of the schedule. Default: Etc/UTC."""
    suspended: NotRequired[bool]
    """Whether the schedule rests. Default: false."""
    on_demand: NotRequired[bool]
    """Whether whoever invokes the endpoint starts its runs, and no schedule does: an update starts
    none. Default: false."""
    compute_name: NotRequired[str]
    """Compute cluster of the workspace that is there; its identity reads and writes then. Default:
    a cluster of the endpoint's own, which has no machines between runs."""
    instance_type: NotRequired[str]
    """Size of the machines of that cluster. Default: Standard_DS3_v2."""
    low_priority: NotRequired[bool]
    """Whether they may be taken away at any time. Default: false."""
    idle_seconds: NotRequired[int]
    """How long they wait for the next run, from 60. Default: 120."""
    subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet that they are in. Default: the workspace's managed network."""
    public_nodes: NotRequired[bool]
    """Whether they have public addresses, where the workspace has no network for them; SSH stays
    closed. Default: false."""
    parallelism: NotRequired[int]
    """Machines of a run, 1 to 100. Default: 1."""
    concurrency_per_instance: NotRequired[int]
    """Mini batches that a machine scores at once. Default: 1."""
    mini_batch_size: NotRequired[int]
    """Files of a mini batch. Default: 10."""
    mini_batch_timeout_seconds: NotRequired[int]
    """How long a mini batch may take. Default: 30."""
    retries: NotRequired[int]
    """How often a mini batch that failed is scored again. Default: 3."""
    error_threshold: NotRequired[int]
    """Files that may fail before the run does; -1 for any number. Default: 0."""
    output_action: NotRequired[str]
    """append_row: one file with all results; or summary_only: the script writes them itself.
    Default: append_row."""
    output_file_name: NotRequired[str]
    """Name of that file. Default: predictions.csv."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
