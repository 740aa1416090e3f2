"""A model as an Amazon SageMaker inference component: on an endpoint that others share, or alone.

Cloud Control makes and deletes the component, as `AWS::SageMaker::InferenceComponent`; what it runs
is `SageMakerLiveComponent`'s. It is made without a copy, so that making it needs no room and cannot
fail halfway: Cloud Control would not tell Pulumi of a component that did not start.
"""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.alarms import component_alarms
from components.aws.monitoring.asked import alarm_scope, read_monitoring
from components.aws.monitoring.gate import gate_queries
from components.aws.monitoring.indicators import sagemaker_indicators
from components.aws.monitoring.uses import component_uses, overhead_use
from components.aws.monitoring.watch import sagemaker_traffic, watch
from components.aws.sagemaker.sagemaker_component_endpoint import (
    HostingEndpoint,
    hosting_endpoint,
)
from components.aws.sagemaker.sagemaker_component_scaling import (
    at_maximum_uses,
    follow_load,
    read_following,
)
from components.aws.sagemaker.sagemaker_component_settings import Settings, read_settings
from components.aws.sagemaker.sagemaker_image import image
from components.aws.sagemaker.sagemaker_live_component import SageMakerLiveComponent
from components.aws.sagemaker.sagemaker_logs import log_group
from components.aws.sagemaker.sagemaker_models import Container, model
from components.aws.sagemaker.sagemaker_network import read_vpc
from components.aws.sagemaker.sagemaker_outputs import invoke_url, latency_metric
from components.aws.sagemaker.sagemaker_role import Access, execution_role
from components.aws.sagemaker.sagemaker_versions import STABLE
from components.checks import Checks
from components.gate import GateQueries
from components.managed import ScalingSchedule
from components.serving import Base, read_base, refuse_cut_off
from facts.cloudwatch_namespaces import COMPONENTS
from facts.inference_components import VARIANT
from facts.request_timeouts import SAGEMAKER

__all__ = ["SageMakerInferenceComponent", "SageMakerInferenceComponentArgs"]

_TYPE = "AWS::SageMaker::InferenceComponent"


class SageMakerInferenceComponentArgs(TypedDict):
    """Flat arguments of `SageMakerInferenceComponent`; only texts may be outputs of others."""

    environment: str
    """Name of the environment, such as `dev` or `prod`."""
    owner: str
    """Team that answers for the model."""
    description: NotRequired[str]
    """What the model does. Default: nothing."""
    model_version: str
    """Version of the model."""
    model_uri: pulumi.Input[str]
    """S3 URI of the model: a `.tar.gz`, another object, or with `/` at its end all below it."""
    min_replicas: NotRequired[int]
    """Fewest copies; 0 lets the model go when nobody asks it, and the first request afterwards
    fails. Default: 1."""
    max_replicas: NotRequired[int]
    """Most copies. Default: the larger of 1 and `min_replicas`."""
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
    needed."""
    image: NotRequired[pulumi.Input[str]]
    """Container image in Amazon ECR, pinned by digest. Default: the framework's."""
    env: NotRequired[dict[str, str]]
    """Environment variables of the model's container; nothing secret. Default: none."""
    server: NotRequired[str]
    """Name of the shared endpoint, which is there first: the output `endpoint_name` of a
    `SageMakerSharedEndpoint`. Default: an endpoint of its own."""
    instance_type: NotRequired[str]
    """SageMaker instance type of an endpoint of its own; beside `server` the one that it has, and
    then whether a copy fits is judged by it. Default: needed without `server`."""
    min_instances: NotRequired[int]
    """Fewest instances of an endpoint of its own. Default: 1, or 0 where `min_replicas` is 0."""
    max_instances: NotRequired[int]
    """Most instances of an endpoint of its own. Default: what `max_replicas` copies need, and a
    batch of a rolling update beside them; another number brings the instances up anew."""
    cpu: NotRequired[float]
    """CPU cores of one copy, 0.25 or more. Default: what the others leave."""
    memory_mib: int
    """Memory of one copy in MiB, 128 or more."""
    accelerator_count: NotRequired[int]
    """Whole GPUs of one copy. Default: none."""
    download_timeout_seconds: NotRequired[int]
    """How long a copy may take to fetch and unpack the model, 60 to 3600. Default: SageMaker's."""
    startup_timeout_seconds: NotRequired[int]
    """How long a container may take until it answers /ping, 60 to 3600. Default: SageMaker's."""
    scaling_metric: NotRequired[str]
    """What the number of copies follows: requests (per copy and minute), concurrency (requests at
    once per copy), cpu or gpu (use of what a copy asked for, in percent), or a metric in CloudWatch
    with the dimension InferenceComponentName, as namespace/name. Default: requests."""
    scaling_target: NotRequired[float]
    """The metric's value that is aimed for. Default: 600 requests, 5 at once, 60 %; a metric of
    one's own needs it."""
    scale_out_cooldown_seconds: NotRequired[int]
    """Seconds after adding copies before more are added. Default: 60."""
    scale_in_cooldown_seconds: NotRequired[int]
    """Seconds after taking copies away before more are taken. Default: 300."""
    scaling_schedules: NotRequired[list[ScalingSchedule]]
    """Other bounds at certain times; min_replicas and max_replicas are then only the first ones.
    Default: none."""
    shift_size_percent: NotRequired[int]
    """Share of the copies that a rolling update replaces at once, 5 to 50. Default: 50."""
    shift_wait_seconds: NotRequired[int]
    """Time for the alarms to speak after each batch, 0 to 3600. Default: 120."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets for the containers, with `security_group_ids`. Default: no network."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups for the containers. Default: none."""
    isolated: NotRequired[bool]
    """Whether the containers reach no network though subnets are given: then SageMaker's own
    downloads alone go through them. Default: false with subnets, else true."""
    artifact_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that the artifacts are encrypted by. Default: none, or S3's own key."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept; CloudWatch's own steps. Default: 30."""
    key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for logs; its policy has to let the region's CloudWatch Logs use it
    (logs.<region>.amazonaws.com). Default: AWS's own key."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that alarms tell. Default: alarms only stop rolling updates."""
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
    """How long to wait for the copies to be in service and to run what was asked for. Default: what
    a rolling update may take."""


class SageMakerInferenceComponent(pulumi.ComponentResource):
    """Model, copies, role, logs, alarms and scaling; without `server` an endpoint of its own too.

    Another model is a rolling update in place, which an alarm of the SLO takes back; the update
    then fails. The number of copies is the autoscaler's and no update sets it.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    component_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]
    gate_queries: GateQueries
    """What a gate asks of each version (docs/slo.md)."""

    def __init__(
        self,
        name: str,
        args: SageMakerInferenceComponentArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = SageMakerInferenceComponentArgs.__annotations__
        checks = Checks("SageMakerInferenceComponent", name, args, known)
        base = read_base(checks, name, least_min=0, most_max=1000)
        refuse_cut_off(checks, base.slo, SAGEMAKER.maximum, "SageMaker")
        settings = read_settings(checks, args, base)
        following = read_following(checks, args, base, accelerators=settings.copy.accelerators)
        asked = read_monitoring(checks, base)
        vpc = read_vpc(checks, args)
        isolated = checks.flag("isolated", default=vpc is None)
        if vpc is None and not isolated:
            checks.problem(
                "isolated",
                isolated,
                "true, or subnet_ids: with neither a container reaches the whole internet",
            )
        checks.raise_problems()
        super().__init__("model-serving:index:SageMakerInferenceComponent", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        own_tags = base.aws_tags()
        versioned = base.aws_tags(settings.model_version)

        container_image = image(args.get("image"), args.get("framework"), lookup)
        endpoint = self._endpoint(name, args, base, settings, container_image)
        artifact = model(
            f"{name}-model",
            [Container(image=container_image, uri=args["model_uri"], env=settings.env)],
            role_arn=endpoint.role_arn,
            vpc=vpc,
            isolated=isolated,
            tags=versioned,
            # SageMaker loads the artifact by the role at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[endpoint.policy]),
        )
        logs = log_group(
            name,
            f"{COMPONENTS}/{settings.component_name}",
            retention_days=settings.log_retention_days,
            key_arn=args.get("key_arn"),
            tags=own_tags,
            child=child,
        )
        # An endpoint may have the component's name: a model moves from one to the other.
        watched = f"{settings.component_name}-component"
        scope = alarm_scope(base, args, asked, of=watched, parent=self)
        alarms = component_alarms(scope, settings.component_name, base.slo)
        dimensions = {"InferenceComponentName": settings.component_name}
        watch(
            scope,
            watched,
            asked,
            indicators=sagemaker_indicators(asked.slo, [dimensions]),
            uses=[
                *component_uses(dimensions, has_gpu=settings.copy.accelerators > 0),
                overhead_use("component", dimensions, base.slo),
                *at_maximum_uses(base, dimensions, following),
            ],
            traffic=sagemaker_traffic({name: dimensions}),
            symptoms=alarms,
        )

        # Of another name where the endpoint is another one: SageMaker moves no component.
        role = f"{args['server']}-component" if "server" in args else "component"
        component = aws.cloudcontrol.Resource(
            f"{name}-{role}",
            type_name=_TYPE,
            desired_state=pulumi.Output.json_dumps(
                {
                    "InferenceComponentName": settings.component_name,
                    "EndpointName": endpoint.name,
                    "VariantName": VARIANT,
                    "Specification": settings.specification(artifact.name),
                    "RuntimeConfig": {"CopyCount": 0},
                    "Tags": [{"Key": key, "Value": own_tags[key]} for key in sorted(own_tags)],
                },
                sort_keys=True,
            ),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[logs], ignore_changes=["desiredState"]
            ),
        )
        live = SageMakerLiveComponent(
            f"{name}-live-component",
            component_name=component.id.apply(lambda _: settings.component_name),
            endpoint_name=endpoint.name,
            specification=settings.specification(artifact.name),
            deployment_config=settings.deployment_config([alarm.name for alarm in alarms]),
            # With schedules the bounds of the moment are the autoscaler's to know.
            min_copies=0 if following.windows else base.min_replicas,
            max_copies=1000 if following.windows else base.max_replicas,
            tags=versioned,
            timeout_seconds=settings.live_timeout_seconds,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[endpoint.policy]),
        )
        if following.scales(base):
            follow_load(base, live.component_name, following, tags=own_tags, child=child)

        self.url = invoke_url(endpoint.name, lookup)
        self.endpoint_name = endpoint.name
        self.component_name = live.component_name
        self.invoke_policy = pulumi.Output.all(endpoint.arn, component.id).apply(
            lambda arns: iam.document(iam.allow("Invoke", ["sagemaker:InvokeEndpoint"], arns))
        )
        self.latency_metric = latency_metric({"inference_component_name": settings.component_name})
        self.status = pulumi.Output.from_input(
            {
                **base.facts("sagemaker_component"),
                "version": settings.model_version,
                "candidate_version": None,
                "canary_percent": 0,
                "model_uri": args["model_uri"],
            }
        )
        self.gate_queries = gate_queries(
            {STABLE: (settings.model_version, sagemaker_indicators(base.slo, [dimensions]))}, lookup
        )
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "component_name": self.component_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
                "gate_queries": self.gate_queries,
            }
        )

    def _endpoint(
        self,
        name: str,
        args: SageMakerInferenceComponentArgs,
        base: Base,
        settings: Settings,
        container_image: pulumi.Output[str],
    ) -> HostingEndpoint:
        """The endpoint: the shared one, or one of its own; and the role of the model's copies."""
        own_tags = base.aws_tags()
        access = Access(
            images=[container_image],
            reads=[args["model_uri"]],
            read_keys=[args["artifact_key_arn"]] if "artifact_key_arn" in args else [],
            log_group=f"{COMPONENTS}/{settings.component_name}",
            metrics_namespace=COMPONENTS,
            rolls_back=True,
            subnet_ids=args.get("subnet_ids", []),
            security_group_ids=args.get("security_group_ids", []),
        )
        if settings.hosting is not None:
            return hosting_endpoint(name, settings.hosting, access, tags=own_tags, parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        role, policy = execution_role(
            name,
            access,
            of=settings.component_name,
            tags=own_tags,
            lookup=lookup,
            child=pulumi.ResourceOptions(parent=self),
        )
        server = args.get("server", "")
        arn = pulumi.Output.concat(
            "arn:",
            aws.get_partition_output(opts=lookup).partition,
            ":sagemaker:",
            aws.get_region_output(opts=lookup).region,
            ":",
            aws.get_caller_identity_output(opts=lookup).account_id,
            f":endpoint/{server}",
        )
        return HostingEndpoint(pulumi.Output.from_input(server), arn, role.arn, policy)
