"""What an `AzureMlEndpoint` is asked for, flat, as Pulumi's component host wants it."""

from typing import NotRequired, TypedDict

import pulumi

from components.managed import ScalingSchedule

__all__ = ["AzureMlEndpointArgs"]


class AzureMlEndpointArgs(TypedDict):
    """Flat arguments of `AzureMlEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    subscription_id: pulumi.Input[str]
    """Subscription of the workspace, the storage and the image registry."""
    resource_group: pulumi.Input[str]
    """Resource group of the workspace; the identity, alerts and scale rules are made there."""
    workspace_name: pulumi.Input[str]
    """Azure ML workspace, which exists."""
    storage_resource_group: NotRequired[pulumi.Input[str]]
    """Resource group of the storage accounts with artifacts. Default: that of the workspace."""
    artifact_container_ids: NotRequired[list[str]]
    """Ids of further blob containers that the endpoint reads: that of the workspace's default
    datastore, where models of the workspace are; those of URIs that are outputs of other resources.
    Default: only the folders that the URIs are in."""
    registry_id: NotRequired[pulumi.Input[str]]
    """Id of the Azure Container Registry with the images: of `image`, else of the workspace, which
    keeps there what it builds for a framework. Default: none; needed unless images are public."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """The stable model: `https://account.blob.core.windows.net/container/path` in Blob Storage,
    `azureml:name:version` in the workspace, or
    `azureml://registries/registry/models/name/versions/version`."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """The candidate, as `model_uri`. Default: no candidate."""
    candidate_image: NotRequired[pulumi.Input[str]]
    """Image of the candidate. Default: `image`."""
    strategy: NotRequired[str]
    """canary: the candidate gets `canary_percent` of the requests, 0 or 100 for blue/green; ab: the
    same share, and a caller can choose by the header `azureml-model-deployment`; shadow: it gets
    copies of that share, at most 50, and nobody gets its answers. Default: canary."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100; with strategy shadow of the copies,
    0 to 50. Default: 0."""
    framework: NotRequired[str]
    """mlflow: Azure ML serves such a model as it is. Default: none; needed unless `image` is
    given."""
    image: NotRequired[pulumi.Input[str]]
    """Image of a server of your own, in Azure Container Registry or public at mcr.microsoft.com.
    Default: what Azure ML builds for the framework."""
    port: NotRequired[int]
    """Port of the image's server, 1 to 65535. Default: 8080."""
    live_path: NotRequired[str]
    """Path of the image's liveness. Default: /healthz."""
    ready_path: NotRequired[str]
    """Path of the image's readiness. Default: /readyz."""
    score_path: NotRequired[str]
    """Path to which the image takes requests. Default: /score."""
    model_mount_path: NotRequired[str]
    """Folder of the image where the model is put. Default: /var/azureml-app/azureml-models."""
    env: NotRequired[dict[str, str]]
    """Environment variables; nothing secret. Default: none."""
    instance_type: str
    """Machine of each instance, such as Standard_DS3_v2."""
    min_replicas: NotRequired[int]
    """Fewest instances of each deployment, 1 to 1000. Default: 1."""
    max_replicas: NotRequired[int]
    """Most instances of each deployment, 1 to 1000. Default: the larger of 1 and
    `min_replicas`."""
    candidate_replicas: NotRequired[int]
    """Instances of the candidate when it is made, 1 to 1000; scale rules go on from there. Default:
    `min_replicas`."""
    request_timeout_seconds: NotRequired[int]
    """How long a request may take, waiting for its turn included, 1 to 180. Default: 5."""
    max_concurrent_requests: NotRequired[int]
    """Requests that one instance works on at once, 1 to 1000. Default: 1."""
    load_seconds: NotRequired[int]
    """Seconds that a container may take to load the model, 1 to 7200. Default: 300."""
    probe_period_seconds: NotRequired[int]
    """Seconds from one probe to the next, 1 to 600. Default: 10."""
    probe_timeout_seconds: NotRequired[int]
    """Seconds that a probe waits for its answer, 1 to 600. Default: 2."""
    scaling_metric: NotRequired[str]
    """What the number of instances follows: cpu or gpu (percent), requests (per instance and
    minute), or latency (95th percentile, in ms). Default: cpu."""
    scaling_target: NotRequired[float]
    """Value of the metric above which an instance is added; one goes below half of it. Default: 60
    for cpu and gpu, 600 for requests, the SLO for latency."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds after adding an instance before another is added, 60 to 86400. Default: 300."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds after taking an instance away before another goes, 60 to 86400. Default: 600."""
    scaling_schedules: NotRequired[list[ScalingSchedule]]
    """Other bounds at certain times of the week, at most 19. Default: none."""
    capture_percent: NotRequired[int]
    """Share of the requests that is kept, in percent. Default: 0, nothing is kept."""
    capture_uri: NotRequired[pulumi.Input[str]]
    """Where it is kept: `https://account.blob.core.windows.net/container/path`. Default: none;
    needed to capture."""
    capture_payload: NotRequired[list[str]]
    """What is kept of a request: request, response. Default: both."""
    drift_baseline_uri: NotRequired[pulumi.Input[str]]
    """Data asset of the workspace, `azureml:name:version`, an MLTable, that what the model's code
    collects as `model_inputs` is held against; with capture_percent. Default: nobody looks."""
    drift_threshold: NotRequired[float]
    """Distance of a feature from it, 0 to 10, from which on somebody is told. Default: 0.1."""
    drift_schedule: NotRequired[str]
    """How often: hourly, daily, `0 3 * * *` or `0 3/6 * * *`. Default: daily."""
    drift_features: NotRequired[list[str]]
    """Features that are looked at, by name. Default: all."""
    drift_emails: NotRequired[list[str]]
    """Addresses that Azure ML mails to. Default: it mails to whoever set the monitor up."""
    auth_mode: NotRequired[str]
    """How callers prove who they are: aad_token (Microsoft Entra, no keys) or key. Default:
    aad_token."""
    public_access: NotRequired[bool]
    """Whether the endpoint is reached from the internet; else by the workspace's private endpoint.
    Default: false."""
    egress_public_access: NotRequired[bool]
    """Whether containers reach the internet. Without it, traffic to storage, registry and workspace
    stays private; a workspace with a managed network decides by itself. Default: false."""
    app_insights: NotRequired[bool]
    """Whether containers send logs and requests to the workspace's Application Insights. Default:
    false."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    alert_action_group_id: NotRequired[pulumi.Input[str]]
    """Id of the action group that alerts tell. Default: alerts tell nobody."""
    alarms: NotRequired[str]
    """burn_rate: alerts on how fast the error budget of each objective goes, and on what is full.
    symptoms: none beside those at the bounds. Default: symptoms."""
    window_days: NotRequired[int]
    """SLO: the days that the error budget is for, 1 to 365. Default: 30."""
    dashboard: NotRequired[bool]
    """Whether there is a workbook. Default: false."""
    page_action_group_id: NotRequired[pulumi.Input[str]]
    """Id of the action group that is told when somebody has to be woken. Default:
    `alert_action_group_id`."""
    runbook_url: NotRequired[str]
    """Where people on call read what to do; `{alert}` becomes what the alert means. Default:
    none."""
    log_workspace_id: NotRequired[pulumi.Input[str]]
    """Log Analytics workspace of a row for each request; needed for alarms burn_rate and for a
    workbook. Default: none, no request is logged there."""
    alert_errors_per_minute: NotRequired[float]
    """Failed requests of one status (5xx, 408 or 424) per minute, over five minutes, from which on
    an alert fires: Azure's metric alerts neither add up several nor divide by all. Default: 1."""
    ready_timeout_seconds: NotRequired[int]
    """How long a deployment or a move of traffic may take, 60 to 14400. Default: 3600."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
