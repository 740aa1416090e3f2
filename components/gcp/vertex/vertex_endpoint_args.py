"""Arguments of a Vertex AI endpoint."""

from typing import NotRequired, TypedDict

import pulumi

__all__ = ["VertexEndpointArgs"]


class VertexEndpointArgs(TypedDict):
    """Flat arguments of `VertexEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`; part of the endpoint's id."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    project: pulumi.Input[str]
    """Google Cloud project of models and endpoint."""
    region: str
    """Region of models, endpoint and what is captured."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """Folder of the stable model in Cloud Storage, `gs://bucket/folder/`, which is uploaded to the
    Model Registry; or a version that is there, `vertex://projects/…/locations/…/models/…@1`."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """The candidate, as `model_uri`. Default: no candidate."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
    min_replicas: NotRequired[int]
    """Fewest replicas of each version, 1 or more. Default: 1."""
    max_replicas: NotRequired[int]
    """Most replicas of each version. Default: `min_replicas`, that is no autoscaling."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further labels. Default: none."""
    framework: NotRequired[str]
    """sklearn (1.6), xgboost (2.1), tensorflow (2.15) or pytorch (2.4): Google's container of the
    nearest place. Default: `image` is needed, or a version of the registry."""
    image: NotRequired[pulumi.Input[str]]
    """Container image in Artifact Registry, pinned by digest. Default: the framework's."""
    candidate_image: NotRequired[pulumi.Input[str]]
    """The candidate's image. Default: `image`."""
    port: NotRequired[int]
    """Port of an image of one's own. Default: 8080."""
    predict_route: NotRequired[str]
    """Path of an image of one's own that answers requests. Default: Vertex AI's."""
    health_route: NotRequired[str]
    """Path of an image of one's own that says whether it is well. Default: Vertex AI's."""
    arguments: NotRequired[list[str]]
    """Arguments of an image of one's own. Default: the image's."""
    env: NotRequired[dict[str, str]]
    """Environment variables of an image of one's own; nothing secret. Default: none."""
    machine_type: NotRequired[str]
    """Machine type of a replica. Default: n1-standard-2, or the cheapest with the accelerator."""
    accelerator: NotRequired[str]
    """Kind of GPU, by its name in facts/accelerators.py. Default: none."""
    accelerator_count: NotRequired[int]
    """GPUs of a replica. Default: 1 when `accelerator` is given."""
    spot: NotRequired[bool]
    """Whether replicas run on spot machines, which may be taken away. Default: false."""
    scaling_metric: NotRequired[str]
    """What the number of replicas follows: cpu or gpu (percent), or requests (per replica and
    minute). Default: cpu, and gpu where there is one."""
    scaling_target: NotRequired[float]
    """The metric's value that is aimed for. Default: 60 %."""
    resource_pool: NotRequired[str]
    """Name of a pool of machines that is there, which both versions share with other models.
    Default: machines of their own."""
    own_resource_pool: NotRequired[bool]
    """Whether the machines are a pool, which both versions and other models share; its bounds
    cannot change in place. Default: false."""
    endpoint_type: NotRequired[str]
    """dedicated (public, with a host of its own), public (the region's shared host),
    private_service_connect, or peered (private services access), which serves one model: the old
    version goes before the new one comes. Default: dedicated."""
    allowed_projects: NotRequired[list[str]]
    """Projects whose networks may reach it by Private Service Connect. Default: none."""
    consumer_networks: NotRequired[list[str]]
    """Networks in which Google makes the forwarding rule to it by itself, each as
    `projects/<project>/global/networks/<name>`. Default: its users make the rule."""
    network: NotRequired[pulumi.Input[str]]
    """Network that a peered endpoint is in: `projects/<number>/global/networks/<name>`.
    Default: none."""
    key: NotRequired[pulumi.Input[str]]
    """Cloud KMS key of the region for all that is kept, which Vertex AI's agent may use. Default:
    one of its own, that rotates every 90 days."""
    service_account: NotRequired[pulumi.Input[str]]
    """Email of the service account of the containers, which may read the artifacts. Default: one
    of their own, which may read these and nothing else."""
    capture_percent: NotRequired[int]
    """Share of requests that is kept in BigQuery with the answers, in percent. Default: 0."""
    capture_uri: NotRequired[pulumi.Input[str]]
    """Table, `bq://project.dataset.table`. Default: one in a dataset of the endpoint's own."""
    capture_days: NotRequired[int]
    """Days that the endpoint's own dataset keeps it. Default: 30."""
    drift_baseline_uri: NotRequired[pulumi.Input[str]]
    """Training data that requests are held against: `bq://project.dataset.table`, or
    `gs://bucket/path` that ends with .csv, .jsonl or .tfrecord. Not beside captured requests.
    Default: nobody looks."""
    drift_label_column: NotRequired[str]
    """Column of it that the model predicts, which is no feature. Default: needed for drift."""
    drift_threshold: NotRequired[float]
    """Distance of a feature's distribution from the baseline, 0 to 1, from which on it is told.
    Default: 0.3."""
    drift_schedule: NotRequired[str]
    """How often: hourly, daily, or `0 */6 * * *`. Default: daily."""
    drift_features: NotRequired[list[str]]
    """Features that are looked at, by name. Default: all."""
    drift_sample_percent: NotRequired[int]
    """Share of requests that is logged and looked at, in percent. Default: 100."""
    drift_retention_days: NotRequired[int]
    """Days that these are kept in BigQuery. Default: 30."""
    access_logs: NotRequired[bool]
    """Whether each request is logged with its latency. Default: false."""
    notification_channels: NotRequired[list[pulumi.Input[str]]]
    """Channels of Cloud Monitoring that alerts tell. Default: none; they are seen there."""
    alarms: NotRequired[str]
    """burn_rate (policies on how fast the error budget goes and on what fills up, too) or symptoms
    (only those at the bounds of the SLO). Default: symptoms."""
    window_days: NotRequired[int]
    """SLO: days over which it holds, 1 to 365; at Cloud Monitoring at most 30. Default: 30."""
    dashboard: NotRequired[bool]
    """Whether there is a dashboard at Cloud Monitoring. Default: false."""
    page_channels: NotRequired[list[pulumi.Input[str]]]
    """Channels that are told when somebody has to be woken. Default: `notification_channels`."""
    runbook_url: NotRequired[str]
    """Link in the policies, `{alert}` in it being what each means. Default: none."""
    ready_timeout_seconds: NotRequired[int]
    """How long an upload, a deployment or a change of traffic may take. Default: 3600."""
