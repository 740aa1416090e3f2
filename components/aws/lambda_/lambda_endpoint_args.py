"""Arguments of a Lambda function behind an HTTP API."""

from typing import NotRequired, TypedDict

import pulumi

from components.managed import ScalingSchedule

__all__ = ["LambdaEndpointArgs"]


class LambdaEndpointArgs(TypedDict):
    """Flat arguments of `LambdaEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`; part of the function's name."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the stable model."""
    model_uri: pulumi.Input[str]
    """Where the stable model came from; with `pull_model` an S3 URI of its file."""
    model_digest: NotRequired[str]
    """SHA-256 of the stable model's file, `sha256:…`: an instance loads no other one. Default: not
    checked."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Where the candidate came from, as model_uri. Default: no candidate."""
    candidate_digest: NotRequired[str]
    """The candidate's SHA-256, as model_digest. Default: not checked."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
    pull_model: NotRequired[bool]
    """Whether each instance fetches the model from model_uri, which the role may then read, and
    nothing else. Default: false, zip or image holds it."""
    artifact_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that the models in S3 are encrypted by. Default: none, or S3's own key."""
    min_replicas: NotRequired[int]
    """Instances kept warm: the same as `provisioned_concurrency`. Default: 0."""
    max_replicas: NotRequired[int]
    """Most instances at once: the same as `reserved_concurrency`. Default: 10."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
    code_path: NotRequired[str]
    """Zip with handler and dependencies, and the model unless it is pulled: the candidate's when
    there is one. Default: `image` or `s3_bucket` is needed."""
    package_bucket: NotRequired[pulumi.Input[str]]
    """Bucket of the function's region that a zip over 50 MiB is uploaded to, below `lambda/`.
    Default: smaller zips go with the function, larger ones are refused."""
    s3_bucket: NotRequired[pulumi.Input[str]]
    """Bucket of a zip that is there already, with `s3_key`. Default: none."""
    s3_key: NotRequired[pulumi.Input[str]]
    """Key of that zip. Default: none."""
    s3_object_version: NotRequired[pulumi.Input[str]]
    """Version of that zip. Default: the key alone, so another zip needs another key."""
    image: NotRequired[pulumi.Input[str]]
    """Image in Amazon ECR instead of a zip, by its digest: the candidate's when there is one.
    Default: none."""
    handler: NotRequired[str]
    """Function in the zip. Default: runtime.lambda_handler.handler."""
    runtime: NotRequired[str]
    """Lambda runtime of the zip. Default: python3.13."""
    runtime_updates: NotRequired[str]
    """When AWS brings a newer runtime to a zip: auto, function_update (with the next change), or
    manual (never by itself). Default: auto."""
    runtime_version_arn: NotRequired[str]
    """Version of the runtime that runtime_updates manual stays at. Default: needed by manual."""
    layers: NotRequired[list[pulumi.Input[str]]]
    """Layers of a zip, each by its ARN with the version, five at most. Default: none."""
    code_signing_config_arn: NotRequired[pulumi.Input[str]]
    """Code signing configuration that the zip has to satisfy. Default: none."""
    architecture: NotRequired[str]
    """arm64 or x86_64. Default: arm64."""
    memory_mib: NotRequired[int]
    """Memory in MiB, 128 to 10240; CPU grows with it. Default: 1024."""
    timeout_seconds: NotRequired[int]
    """Longest answer, at most 29 s, and longer than the objective: the API waits one second more,
    and no longer than 30 s. Default: 10."""
    ephemeral_storage_mib: NotRequired[int]
    """Size of /tmp in MiB, 512 to 10240. Default: 512."""
    environment_variables: NotRequired[dict[str, str]]
    """Environment of the handler; no secrets. Default: none."""
    snap_start: NotRequired[bool]
    """Whether instances begin from a snapshot of one that has loaded the model; for zips of Python
    3.12 and later, without provisioned concurrency. Default: false."""
    reserved_concurrency: NotRequired[int]
    """Most instances at once. Default: `max_replicas`."""
    provisioned_concurrency: NotRequired[int]
    """Instances of the live alias kept warm. Default: `min_replicas`."""
    max_provisioned_concurrency: NotRequired[int]
    """Most instances kept warm: above provisioned_concurrency their number follows their use.
    Default: `provisioned_concurrency`, that is no autoscaling."""
    scaling_target: NotRequired[float]
    """Use of the warm instances that is aimed for, in percent, 10 to 90. Default: 70."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds after warming more instances before more are warmed. Default: 60."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds after letting instances go before more go. Default: 300."""
    scaling_schedules: NotRequired[list[ScalingSchedule]]
    """Other bounds of the warm instances at certain times. Default: none."""
    throttle_rate_per_second: NotRequired[float]
    """Requests per second that the API lets through, no more than reserved_concurrency answers.
    Default: 50, or what reserved_concurrency answers within the objective."""
    throttle_burst: NotRequired[int]
    """Requests at once above the rate. Default: 100."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets that the function reaches, with `security_group_ids`. Default: no network,
    and the internet."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups of the function. Default: none."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept; CloudWatch's own steps. Default: 30."""
    log_level: NotRequired[str]
    """Least level of the lines that are kept: TRACE, DEBUG, INFO, WARN, ERROR or FATAL. Default:
    INFO."""
    key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for logs, environment variables and snapshots; its policy has to let the region's
    CloudWatch Logs use it (logs.<region>.amazonaws.com). Default: AWS's own keys."""
    drift_baseline_uri: NotRequired[pulumi.Input[str]]
    """S3 URI of a profile of the training rows (`python -m runtime.drift profile`), which instances
    count their requests by, and which the role may then read. Default: nothing is compared."""
    drift_threshold: NotRequired[float]
    """Population stability index above which an alarm tells that a feature, or a prediction, has
    drifted. Default: 0.2."""
    drift_schedule: NotRequired[str]
    """How long it looks back: hourly, daily, or `0 0/6 * * *` for six hours. Default: daily."""
    tracing: NotRequired[bool]
    """Trace requests with X-Ray. Default: true."""
    on_failure_arn: NotRequired[pulumi.Input[str]]
    """Where a request of an asynchronous caller goes that failed for good: ARN of a standard queue
    or topic, a function, an event bus or a bucket. Default: nowhere."""
    dead_letter_arn: NotRequired[pulumi.Input[str]]
    """The same as a dead letter, the request alone: ARN of a standard queue or topic. Default:
    nowhere."""
    retries: NotRequired[int]
    """How often a failed request of an asynchronous caller is tried again, 0 to 2. Default: AWS's,
    2."""
    max_age_seconds: NotRequired[int]
    """How long such a request may wait, 60 to 21600. Default: AWS's, 6 hours."""
    function_url: NotRequired[bool]
    """Whether the live alias has a URL of its own too, for callers who sign with IAM. Default:
    false."""
    jwt_issuer: NotRequired[pulumi.Input[str]]
    """Issuer whose tokens callers show, with `jwt_audience`. Default: callers sign with IAM."""
    jwt_audience: NotRequired[str]
    """Audience that the tokens must have. Default: callers sign with IAM."""
    cors_origins: NotRequired[list[str]]
    """Origins of web pages that may call, such as https://shop.example. Default: none."""
    domain: NotRequired[pulumi.Input[str]]
    """Host name of the API, with `certificate_arn`; its own one of AWS is then switched off.
    Default: AWS's."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """Certificate of the domain, in ACM of the same region. Default: needed by `domain`."""
    zone_id: NotRequired[pulumi.Input[str]]
    """Route 53 zone that gets the domain's record. Default: somebody else makes it."""
    shift: NotRequired[str]
    """How traffic moves when the stable model changes: all_at_once, or canary or linear by
    CodeDeploy, which then owns the alias: an update waits for its deployment, and fails when
    CodeDeploy takes it back. Default: all_at_once."""
    shift_size_percent: NotRequired[int]
    """Size of CodeDeploy's canary or linear step, in % of the requests, 1 to 99. Default: 10."""
    shift_wait_seconds: NotRequired[int]
    """Time between CodeDeploy's steps, in whole minutes, two days in all at most. What AWS has not
    predefined is made, and an account has room for 50 of those. Default: 300 for canary and 60 for
    linear."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that alarms tell. Default: nobody."""
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
