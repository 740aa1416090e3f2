"""A model on an asynchronous Amazon SageMaker endpoint."""

from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.alarms import sagemaker_async_alarms
from components.aws.monitoring.asked import alarm_scope, read_monitoring
from components.aws.monitoring.gate import gate_queries
from components.aws.monitoring.indicators import async_indicators
from components.aws.monitoring.uses import async_at_maximum, instance_uses
from components.aws.monitoring.watch import sagemaker_traffic, watch
from components.aws.sagemaker.sagemaker_async_scaling import follow_queue
from components.aws.sagemaker.sagemaker_async_settings import (
    FAILURES,
    KIND,
    LONGEST_LATENCY_MS,
    USUAL_LATENCY_MS,
    Settings,
    read_settings,
)
from components.aws.sagemaker.sagemaker_containers import Containers
from components.aws.sagemaker.sagemaker_live_endpoint import live_endpoint
from components.aws.sagemaker.sagemaker_logs import log_group
from components.aws.sagemaker.sagemaker_models import model
from components.aws.sagemaker.sagemaker_outputs import invoke_url, latency_metric
from components.aws.sagemaker.sagemaker_role import Access, execution_role, volume_key
from components.aws.sagemaker.sagemaker_versions import STABLE, versions, weights
from components.checks import Checks
from components.gate import GateQueries
from components.managed import ScalingSchedule
from components.serving import Core, read_core
from facts.capabilities.sagemaker_async import REFUSED_ARGUMENTS
from facts.cloudwatch_namespaces import ENDPOINTS

__all__ = ["SageMakerAsyncEndpoint", "SageMakerAsyncEndpointArgs"]

_MOST_INSTANCES: Final = 1000


class SageMakerAsyncEndpointArgs(TypedDict):
    """Flat arguments of `SageMakerAsyncEndpoint`; only texts may be outputs of other resources."""

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
    that ends with `/`."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the requests. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Where the candidate is, as model_uri. Default: no candidate."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
    output_uri: pulumi.Input[str]
    """S3 prefix of the results: the caller learns the object's name when the request is taken."""
    failure_uri: NotRequired[pulumi.Input[str]]
    """S3 prefix where it is told why a request failed. Default: `failures/` below output_uri."""
    input_uri: NotRequired[pulumi.Input[str]]
    """S3 prefix, with `/` at its end, where callers leave requests. Default: none, and a request is
    at most 128,000 bytes, within the call."""
    data_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of requests and results. Default: the buckets' own."""
    success_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that is told of each result. Default: none."""
    error_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that is told of each failure. Default: none."""
    max_requests_per_instance: NotRequired[int]
    """Requests that one instance works on at once, 1 to 1000. Default: SageMaker chooses."""
    min_replicas: NotRequired[int]
    """Fewest instances of the stable model; 0 where it may rest while nothing waits. Default: 0."""
    max_replicas: NotRequired[int]
    """Most instances of the stable model. Default: 1, or min_replicas where that is more."""
    latency_p95_ms: NotRequired[float]
    """SLO: the model works on 95 % of the requests for at most this many milliseconds, up to an
    hour; time in the queue does not count. Default: 60000."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
    framework: NotRequired[str]
    """xgboost (1.7) or sklearn (1.2): AWS's prebuilt image of the region. Default: `image` is
    needed."""
    image: NotRequired[pulumi.Input[str]]
    """Container image in Amazon ECR, pinned by digest. Default: the framework's."""
    candidate_image: NotRequired[pulumi.Input[str]]
    """The candidate's image. Default: the stable model's."""
    env: NotRequired[dict[str, str]]
    """Environment variables of the model's container; nothing secret. Default: none."""
    instance_type: str
    """SageMaker instance type, such as `ml.g5.xlarge`."""
    candidate_replicas: NotRequired[int]
    """Instances of the candidate, not autoscaled: SageMaker refuses to remove a variant that
    autoscaling knows. Default: 1."""
    scaling_metric: NotRequired[str]
    """backlog: requests per instance that wait or are worked on. Default: backlog."""
    scaling_target: NotRequired[float]
    """Autoscaling target: the backlog per instance. Default: 5."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds after adding instances before more are added. Default: 60."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds after taking instances away before more are taken. Default: 300."""
    scaling_schedules: NotRequired[list[ScalingSchedule]]
    """Other bounds of the instances at certain times. Default: none."""
    shift: NotRequired[str]
    """How requests move when the stable model changes: all_at_once, canary, linear or rolling.
    Adding or removing a candidate always moves them all at once. Default: all_at_once."""
    shift_size_percent: NotRequired[int]
    """Size of the canary (≤ 50), linear step (10 to 50) or rolling batch (5 to 50), in % of
    the instances. Default: 10."""
    shift_wait_seconds: NotRequired[int]
    """Time for the alarms to speak between steps, 0 to 3600, of all steps together less than the 8
    hours that SageMaker gives an update. Default: 300."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets for the containers, with `security_group_ids`. Default: no network."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups for the containers. Default: none."""
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


class SageMakerAsyncEndpoint(pulumi.ComponentResource):
    """Model, immutable configuration, endpoint, queue, role, key, autoscaling and alarms.

    Requests wait in a queue and results are written to S3. Containers have no network unless
    subnets are given. A changed model makes a new configuration first; the old one is deleted after
    the endpoint has left it.
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    gate_queries: GateQueries
    """What a gate asks of each version (docs/slo.md)."""

    def __init__(
        self,
        name: str,
        args: SageMakerAsyncEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = SageMakerAsyncEndpointArgs.__annotations__
        checks = Checks("SageMakerAsyncEndpoint", name, args, known, refused=REFUSED_ARGUMENTS)
        core = read_core(
            checks,
            name,
            args,
            least_min=0,
            most_max=_MOST_INSTANCES,
            usual_min=0,
            latency_ms=(USUAL_LATENCY_MS, LONGEST_LATENCY_MS),
        )
        settings = read_settings(checks, core, args)
        asked = read_monitoring(checks, core)
        checks.raise_problems()
        super().__init__("model-serving:index:SageMakerAsyncEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        tags, endpoint_name = core.aws_tags(), core.physical_name_as(KIND)
        served = versions(core, args, Containers(env=settings.env), settings.instance_type, lookup)
        group = f"{ENDPOINTS}/{endpoint_name}"
        data_keys = [args["data_key_arn"]] if "data_key_arn" in args else []
        failures = args.get("failure_uri", _failures(args["output_uri"]))

        key = volume_key(
            name,
            settings.instance_type,
            of=f"SageMaker endpoint {endpoint_name}",
            alias=endpoint_name,
            tags=tags,
            child=child,
        )
        role, policy = execution_role(
            name,
            Access(
                images=[image for each in served.values() for image in each.images],
                reads=[
                    *(uri for each in served.values() for uri in each.reads),
                    *([args["input_uri"]] if "input_uri" in args else []),
                ],
                writes=[args["output_uri"], failures],
                read_keys=[
                    *([key.arn] if key else []),
                    *([args["artifact_key_arn"]] if "artifact_key_arn" in args else []),
                ],
                write_keys=data_keys,
                topics=list(_topics(args).values()),
                log_group=group,
                rolls_back=True,
                subnet_ids=args.get("subnet_ids", []),
                security_group_ids=args.get("security_group_ids", []),
            ),
            of=endpoint_name,
            tags=tags,
            lookup=lookup,
            child=child,
        )
        models = {
            variant: model(
                f"{name}-{variant}-model",
                each.containers,
                role_arn=role.arn,
                vpc=settings.vpc,
                tags=core.aws_tags(each.version),
                # SageMaker loads the artifact by the role at once.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
            for variant, each in served.items()
        }
        configuration = aws.sagemaker.EndpointConfiguration(
            f"{name}-configuration",
            production_variants=[
                _variant(core, settings, variant, made.name) for variant, made in models.items()
            ],
            async_inference_config=_queue(args, settings, failures),
            kms_key_arn=key.arn if key else None,
            tags=core.aws_tags(core.model_version),
            opts=child,
        )
        scope = alarm_scope(core, args, asked, of=endpoint_name, parent=self)
        alarms = [
            alarm
            for variant in models
            for alarm in sagemaker_async_alarms(scope, endpoint_name, variant, core.slo)
        ]
        variants = {
            variant: {"EndpointName": endpoint_name, "VariantName": variant} for variant in models
        }
        watch(
            scope,
            endpoint_name,
            asked,
            indicators=async_indicators(asked.slo, list(variants.values())),
            uses=[
                *instance_uses(STABLE, variants[STABLE], settings.instance_type),
                *async_at_maximum(core, STABLE, endpoint_name, settings.following),
            ],
            traffic=sagemaker_traffic(
                variants,
                requests="InvocationsProcessed",
                failed="InvocationFailures",
                overhead=False,
            ),
            symptoms=alarms,
        )
        logs = log_group(
            name,
            group,
            retention_days=settings.log_retention_days,
            key_arn=args.get("key_arn"),
            tags=tags,
            child=child,
        )
        endpoint, live = live_endpoint(
            name,
            endpoint_name,
            configuration,
            after=[logs],
            tags=core.aws_tags(core.model_version),
            weights=weights(core),
            shift=settings.shift,
            alarm_names=[alarm.name for alarm in alarms],
            scaled_variants=[STABLE] if settings.following.scales(core) else [],
            timeout_seconds=settings.live_timeout_seconds,
            parent=self,
        )
        if settings.following.scales(core):
            follow_queue(core, live.endpoint_name, STABLE, settings.following, tags, child)

        self.url = invoke_url(live.endpoint_name, lookup, operation="async-invocations")
        self.endpoint_name = live.endpoint_name
        self.invoke_policy = pulumi.Output.all(
            partition=aws.get_partition_output(opts=lookup).partition,
            arn=endpoint.arn,
            puts=[args["input_uri"]] if "input_uri" in args else [],
            gets=[args["output_uri"], failures],
            keys=data_keys,
        ).apply(_invoke_policy)
        self.latency_metric = latency_metric({"endpoint_name": endpoint_name, "variant": STABLE})
        self.status = pulumi.Output.from_input(core.status("sagemaker_async", args["model_uri"]))
        self.gate_queries = gate_queries(
            {
                variant: (served[variant].version, async_indicators(core.slo, [dimensions]))
                for variant, dimensions in variants.items()
            },
            lookup,
            failed_apart=True,
        )
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "gate_queries": self.gate_queries,
            }
        )


def _failures(output_uri: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(output_uri).apply(lambda uri: uri.rstrip("/") + FAILURES)


def _variant(
    core: Core, settings: Settings, variant: str, model_name: pulumi.Output[str]
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgs:
    """Weights are where an update begins; the live endpoint holds the candidate's share."""
    stable = variant == STABLE
    return aws.sagemaker.EndpointConfigurationProductionVariantArgs(
        variant_name=variant,
        model_name=model_name,
        instance_type=settings.instance_type,
        # A configuration begins with one; autoscaling takes it away where nothing waits.
        initial_instance_count=max(1, core.min_replicas) if stable else settings.candidate_replicas,
        initial_variant_weight=1.0 if stable else 0.0,
    )


def _queue(
    args: SageMakerAsyncEndpointArgs, settings: Settings, failures: pulumi.Input[str]
) -> aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs:
    most, topics = settings.max_requests_per_instance, _topics(args)
    more: dict[str, Any] = {}
    if most is not None:
        more["client_config"] = {"max_concurrent_invocations_per_instance": most}
    output: dict[str, Any] = {
        "s3_output_path": args["output_uri"],
        "s3_failure_path": failures,
        **({"kms_key_id": args["data_key_arn"]} if "data_key_arn" in args else {}),
        **({"notification_config": topics} if topics else {}),
    }
    return aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs(
        output_config=output,  # pyright: ignore[reportArgumentType] - a typed dictionary of these keys
        **more,
    )


def _topics(args: SageMakerAsyncEndpointArgs) -> dict[str, pulumi.Input[str]]:
    """Who is told, as the configuration names them."""
    found: dict[str, pulumi.Input[str]] = {}
    if "success_topic_arn" in args:
        found["success_topic"] = args["success_topic_arn"]
    if "error_topic_arn" in args:
        found["error_topic"] = args["error_topic_arn"]
    return found


def _invoke_policy(known: dict[str, Any]) -> str:
    return iam.invoke_async_document(
        known["partition"],
        known["arn"],
        puts=known["puts"],
        gets=known["gets"],
        keys=known["keys"],
    )
