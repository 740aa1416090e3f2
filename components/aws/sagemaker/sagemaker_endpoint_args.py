"""Arguments of a real-time SageMaker endpoint."""

from typing import NotRequired, TypedDict

import pulumi

from components.aws.sagemaker.sagemaker_containers import SageMakerContainer
from components.managed import ScalingSchedule

__all__ = ["SageMakerEndpointArgs"]


class SageMakerEndpointArgs(TypedDict):
    """Flat arguments of `SageMakerEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`; part of the endpoint's name."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """Where the stable model is: S3 URI of a `.tar.gz`, of another object, or of all below a prefix
    that ends with `/`; or the ARN of an approved version in SageMaker's model registry. What is not
    a plain text is taken as a `.tar.gz`."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Where the candidate is, as model_uri. Default: no candidate."""
    strategy: NotRequired[str]
    """What the candidate is for. `canary`: it gets a held share of the requests. `ab`: callers
    choose it by TargetVariant `candidate`; those who choose nothing are parted by the share.
    `shadow`: it gets copies of a share of the requests, and nobody gets its answers. Default:
    canary."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100; with strategy shadow of those that are
    copied to it. Default: 0."""
    min_replicas: NotRequired[int]
    """Fewest instances per variant, 1 or more. Default: 1."""
    max_replicas: NotRequired[int]
    """Most instances per variant. Default: `min_replicas`, that is no autoscaling."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
    framework: NotRequired[str]
    """xgboost (1.7) or sklearn (1.2): AWS's prebuilt image of the region. Default: `image` is
    needed, unless the model registry brings it."""
    image: NotRequired[pulumi.Input[str]]
    """Container image in Amazon ECR, pinned by digest. Default: the framework's."""
    candidate_image: NotRequired[pulumi.Input[str]]
    """The candidate's image. Default: the stable model's."""
    env: NotRequired[dict[str, str]]
    """Environment variables of the model's container; nothing secret. Default: none."""
    many_models: NotRequired[bool]
    """Whether model_uri is a prefix below which each `.tar.gz` is a model of its own, loaded when a
    request names it as TargetModel. Default: false."""
    model_cache: NotRequired[bool]
    """Whether many models stay in memory as long as there is room. Default: true."""
    containers: NotRequired[list[SageMakerContainer]]
    """Up to 14 containers beside the model's own. Default: none."""
    container_call: NotRequired[str]
    """Several containers answer in turn (`serial`), or the one that the request names as
    TargetContainerHostname (`direct`). Default: serial."""
    instance_type: str
    """SageMaker instance type, such as `ml.c6i.xlarge`."""
    disk_gib: NotRequired[int]
    """Disk of each instance in GiB, 1 to 512; not for types with disks of their own. Default: what
    SageMaker gives."""
    download_timeout_seconds: NotRequired[int]
    """How long an instance may take to fetch and unpack the model, 60 to 3600. Default:
    SageMaker's."""
    startup_timeout_seconds: NotRequired[int]
    """How long a container may take until it answers /ping, 60 to 3600. Default: SageMaker's."""
    candidate_replicas: NotRequired[int]
    """Instances of the candidate, not autoscaled: SageMaker refuses to remove a variant that
    autoscaling knows. Default: `max_replicas`, enough for any share."""
    scaling_metric: NotRequired[str]
    """What the number of instances follows: requests (per instance and minute), concurrency
    (requests at once per instance), cpu or gpu (use in percent), or a metric in CloudWatch with
    the dimensions EndpointName and VariantName, as namespace/name. Default: requests."""
    scaling_target: NotRequired[float]
    """The metric's value that is aimed for. Default: 600 requests, 5 at once, 60 %; a metric of
    one's own needs it."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds after adding instances before more are added. Default: 60."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds after taking instances away before more are taken. Default: 300."""
    scaling_schedules: NotRequired[list[ScalingSchedule]]
    """Other bounds at certain times; min_replicas and max_replicas are then only the first ones.
    Default: none."""
    invocations_per_instance: NotRequired[int]
    """Another way to say scaling_target for requests. Default: 600."""
    shift: NotRequired[str]
    """How traffic moves to a new configuration: all_at_once, canary, linear or rolling. Adding or
    removing a candidate always moves it all at once, because a shift needs the same variants
    before and after. Default: all_at_once."""
    shift_size_percent: NotRequired[int]
    """Size of the canary (≤ 50), linear step (10 to 50) or rolling batch (5 to 50), in % of
    the instances. Default: 10."""
    shift_wait_seconds: NotRequired[int]
    """Time for the alarms to speak between steps, 0 to 3600, of all steps together at most 25200:
    SageMaker ends an update after 8 hours, machines included. Default: 300."""
    capture_percent: NotRequired[int]
    """Share of the requests that is kept in S3, 0 to 100. Default: 0, nothing is."""
    capture_uri: NotRequired[pulumi.Input[str]]
    """S3 prefix where it is kept, below the endpoint's and the variant's name. Default: needed to
    capture anything."""
    capture_payload: NotRequired[list[str]]
    """What is kept of a request: request, response. Default: both."""
    capture_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that SageMaker encrypts it by. Default: the bucket's."""
    drift_baseline_uri: NotRequired[pulumi.Input[str]]
    """S3 prefix with Model Monitor's statistics.json and constraints.json, which captured requests
    are held against. Default: nobody looks."""
    drift_threshold: NotRequired[float]
    """Distance of a feature's distribution from the baseline, 0 to 10, from which on its alarm
    goes off; with drift_features. Default: 0.1."""
    drift_schedule: NotRequired[str]
    """How often: hourly, daily, `0 3 * * *` or `0 3/6 * * *`. Default: daily."""
    drift_features: NotRequired[list[str]]
    """Features that have an alarm on their distance, by name. Default: none, and only what a job
    finds against the constraints is told."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets for the containers, with `security_group_ids`. Default: no network."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups for the containers. Default: none."""
    isolated: NotRequired[bool]
    """Whether the containers reach no network although there are subnets: then SageMaker's own
    downloads alone go through these. Default: only where there are none."""
    artifact_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that the artifacts are encrypted by. Default: none, or S3's own key."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept; CloudWatch's own steps. Default: 30."""
    key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for logs; its policy has to let the region's CloudWatch Logs use it
    (logs.<region>.amazonaws.com). Default: AWS's own key."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that alarms tell. Default: alarms only stop rollouts."""
    page_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that pages tell, of `alarms` burn_rate. Default: `alarm_topic_arn`."""
    alarms: NotRequired[str]
    """symptoms, at the bounds of the SLO, which stop rollouts; or burn_rate, which adds those on
    how fast its error budget goes and on what is full, for some dollars a month. Default:
    symptoms."""
    window_days: NotRequired[int]
    """Days over which the SLO holds, 1 to 365. Default: 30."""
    dashboard: NotRequired[bool]
    """Whether CloudWatch has a dashboard of the model, for some dollars a month. Default: false."""
    runbook_url: NotRequired[str]
    """Where people on call read what to do, in alarms' descriptions; `{alert}` becomes what the
    alarm means. Default: none."""
    live_timeout_seconds: NotRequired[int]
    """How long to wait for the endpoint to be in service and to run what was asked for.
    Default: what the shift may take."""
