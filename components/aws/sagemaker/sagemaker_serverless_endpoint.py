"""A model on a serverless Amazon SageMaker endpoint."""

from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.alarms import sagemaker_alarms
from components.aws.monitoring.asked import alarm_scope, read_monitoring
from components.aws.monitoring.gate import gate_queries
from components.aws.monitoring.indicators import sagemaker_indicators
from components.aws.monitoring.uses import overhead_use, serverless_uses
from components.aws.monitoring.watch import sagemaker_traffic, watch
from components.aws.sagemaker import sagemaker_image
from components.aws.sagemaker.sagemaker_live_endpoint import live_endpoint
from components.aws.sagemaker.sagemaker_logs import log_group
from components.aws.sagemaker.sagemaker_models import Container, model
from components.aws.sagemaker.sagemaker_outputs import invoke_url, latency_metric
from components.aws.sagemaker.sagemaker_role import Access, execution_role
from components.aws.sagemaker.sagemaker_serverless_settings import (
    KIND,
    USUAL_CONCURRENCY,
    Settings,
    read_settings,
)
from components.aws.sagemaker.sagemaker_versions import STABLE
from components.aws.scalable_target import scheduled_bounds, track
from components.checks import Checks
from components.gate import GateQueries
from components.managed import ScalingSchedule
from components.serving import Core, read_core, refuse_cut_off
from facts.capabilities.sagemaker_serverless import REFUSED_ARGUMENTS
from facts.cloudwatch_namespaces import ENDPOINTS
from facts.request_timeouts import SAGEMAKER
from facts.sagemaker_serverless import CONCURRENCY

__all__ = ["SageMakerServerlessEndpoint", "SageMakerServerlessEndpointArgs"]

_DIMENSION: Final = "sagemaker:variant:DesiredProvisionedConcurrency"


class SageMakerServerlessEndpointArgs(TypedDict):
    """Flat arguments of `SageMakerServerlessEndpoint`; only texts may be outputs of others."""

    environment: str
    """Name of the environment, such as `dev` or `prod`; part of the endpoint's name."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the model."""
    model_uri: pulumi.Input[str]
    """S3 URI of the model's `model.tar.gz`, of an object, or with `/` at its end of a folder."""
    min_replicas: NotRequired[int]
    """Provisioned concurrency: so many requests at once meet no cold start. Default: 0, none."""
    max_replicas: NotRequired[int]
    """Most requests at once, up to 200; more are throttled. Default: 5, or min_replicas where that
    is more."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds, cold starts included.
    Default: 100."""
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
    """Container image in Amazon ECR, pinned by digest, at most 10 GB. Default: the framework's."""
    env: NotRequired[dict[str, str]]
    """Environment variables of the model's container; nothing secret. Default: none."""
    memory_mib: NotRequired[int]
    """Memory: 1024, 2048, 3072, 4096, 5120 or 6144; CPU comes in proportion. Default: 2048."""
    scaling_metric: NotRequired[str]
    """concurrency: the share of the provisioned concurrency that is in use. Default:
    concurrency."""
    scaling_target: NotRequired[float]
    """Autoscaling target of provisioned concurrency between min_replicas and max_replicas: its use
    in percent. Default: 70."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds after adding provisioned concurrency before more is added. Default: 60."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds after taking it away before more is taken. Default: 300."""
    scaling_schedules: NotRequired[list[ScalingSchedule]]
    """Other bounds of the provisioned concurrency at certain times. Default: none."""
    artifact_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that the artifact is encrypted by. Default: none, or S3's own key."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept; CloudWatch's own steps. Default: 30."""
    key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for logs; its policy has to let the region's CloudWatch Logs use it
    (logs.<region>.amazonaws.com). Default: AWS's own key."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that alarms tell. Default: alarms tell nobody."""
    page_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that pages tell, of `alarms` burn_rate. Default: `alarm_topic_arn`."""
    alarms: NotRequired[str]
    """symptoms, at the bounds of the SLO; or burn_rate, which adds those on
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
    Default: 1800."""


class SageMakerServerlessEndpoint(pulumi.ComponentResource):
    """Model, immutable configuration, endpoint, role, provisioned concurrency and alarms.

    SageMaker's serverless inference has one variant and moves all requests at once: a changed model
    makes a new configuration first, and the old one is deleted after the endpoint has left it.
    There is no volume that a key could encrypt, no network, and nothing is captured.
    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
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
        args: SageMakerServerlessEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = SageMakerServerlessEndpointArgs.__annotations__
        checks = Checks("SageMakerServerlessEndpoint", name, args, known, refused=REFUSED_ARGUMENTS)
        most = int(CONCURRENCY.maximum or 0)
        core = read_core(
            checks, name, args, least_min=0, most_max=most, usual_min=0, usual_max=USUAL_CONCURRENCY
        )
        refuse_cut_off(checks, core.slo, SAGEMAKER.maximum, "SageMaker")
        settings = read_settings(checks, core, args)
        asked = read_monitoring(checks, core)
        checks.raise_problems()
        super().__init__("model-serving:index:SageMakerServerlessEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        tags, endpoint_name = core.aws_tags(), core.physical_name_as(KIND)
        group = f"{ENDPOINTS}/{endpoint_name}"

        image = sagemaker_image.image(args.get("image"), args.get("framework"), lookup)
        role, policy = execution_role(
            name,
            Access(
                images=[image],
                reads=[args["model_uri"]],
                read_keys=[args["artifact_key_arn"]] if "artifact_key_arn" in args else [],
                log_group=group,
            ),
            of=endpoint_name,
            tags=tags,
            lookup=lookup,
            child=child,
        )
        served = model(
            f"{name}-{STABLE}-model",
            [Container(image=image, uri=args["model_uri"], env=settings.env)],
            role_arn=role.arn,
            vpc=None,
            # Neither is known to serverless inference.
            isolated=False,
            tags=core.aws_tags(core.model_version),
            # SageMaker loads the artifact by the role at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        configuration = aws.sagemaker.EndpointConfiguration(
            f"{name}-configuration",
            production_variants=[_variant(core, settings, served.name)],
            tags=core.aws_tags(core.model_version),
            opts=child,
        )
        scope = alarm_scope(core, args, asked, of=endpoint_name, parent=self)
        dimensions = {"EndpointName": endpoint_name, "VariantName": STABLE}
        watch(
            scope,
            endpoint_name,
            asked,
            indicators=sagemaker_indicators(asked.slo, [dimensions]),
            uses=[
                *serverless_uses(STABLE, dimensions, provisioned=core.min_replicas > 0),
                overhead_use(STABLE, dimensions, core.slo),
            ],
            traffic=sagemaker_traffic({STABLE: dimensions}),
            symptoms=sagemaker_alarms(scope, endpoint_name, STABLE, core.slo),
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
            weights={STABLE: 100},
            timeout_seconds=settings.live_timeout_seconds,
            parent=self,
        )
        if settings.scales(core):
            _scale(core, settings, live.endpoint_name, child)

        self.url = invoke_url(live.endpoint_name, lookup)
        self.endpoint_name = live.endpoint_name
        self.invoke_policy = iam.invoke_document("sagemaker:InvokeEndpoint", endpoint.arn)
        self.latency_metric = latency_metric({"endpoint_name": endpoint_name, "variant": STABLE})
        self.status = pulumi.Output.from_input(
            core.status("sagemaker_serverless", args["model_uri"])
        )
        self.gate_queries = gate_queries(
            {STABLE: (core.model_version, sagemaker_indicators(core.slo, [dimensions]))}, lookup
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


def _variant(
    core: Core, settings: Settings, model_name: pulumi.Output[str]
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgs:
    provisioned = {"provisioned_concurrency": core.min_replicas} if core.min_replicas else {}
    return aws.sagemaker.EndpointConfigurationProductionVariantArgs(
        variant_name=STABLE,
        model_name=model_name,
        initial_variant_weight=1.0,
        serverless_config=aws.sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgs(
            max_concurrency=core.max_replicas,
            memory_size_in_mb=settings.memory_mib,
            **provisioned,
        ),
    )


def _scale(
    core: Core,
    settings: Settings,
    endpoint_name: pulumi.Output[str],
    child: pulumi.ResourceOptions,
) -> None:
    """Keep provisioned concurrency between its bounds by how much of it is in use.

    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-autoscale.html
    """
    target = track(
        core.name,
        core,
        settings.following,
        dimension=_DIMENSION,
        resource_id=pulumi.Output.concat("endpoint/", endpoint_name, f"/variant/{STABLE}"),
        metric={
            "predefined_metric_specification": {
                "predefined_metric_type": "SageMakerVariantProvisionedConcurrencyUtilization"
            }
        },
        tags=core.aws_tags(),
        child=child,
    )
    scheduled_bounds(f"{core.name}-scaling", target, settings.following.windows, child)
