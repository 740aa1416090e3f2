"""A model on a real-time Amazon SageMaker endpoint."""

from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam, sagemaker_autoscaling, sagemaker_image
from components.aws.alarms import AlarmScope, sagemaker_alarms
from components.aws.log_retention import read_retention
from components.aws.sagemaker_live_endpoint import OF_THE_LIVE_ENDPOINT, SageMakerLiveEndpoint
from components.aws.sagemaker_logs import log_group
from components.aws.sagemaker_models import S3_URI, Container, model
from components.aws.sagemaker_network import read_vpc
from components.aws.sagemaker_role import ENDPOINTS, Access, execution_role, volume_key
from components.aws.sagemaker_shift import Shift, read_shift
from components.checks import Checks
from components.serving import Core, read_core
from facts.sagemaker import has_local_disks

_STABLE: Final = "stable"
_CANDIDATE: Final = "candidate"
_LONGEST_NAME: Final = 63
# Pulumi names a model `<name>-candidate-model-1234567`, and SageMaker takes 63 characters.
_LONGEST_MODEL: Final = _LONGEST_NAME - len("-candidate-model-1234567")
_ECR_IMAGE: Final = r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+"


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
    """S3 URI of the stable model's `model.tar.gz`."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """S3 URI of the candidate's `model.tar.gz`. Default: no candidate."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
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
    needed."""
    image: NotRequired[pulumi.Input[str]]
    """Container image in Amazon ECR, pinned by digest. Default: the framework's."""
    instance_type: str
    """SageMaker instance type, such as `ml.c6i.xlarge`."""
    candidate_replicas: NotRequired[int]
    """Instances of the candidate, not autoscaled: SageMaker refuses to remove a variant that
    autoscaling knows. Default: `max_replicas`, enough for any share."""
    invocations_per_instance: NotRequired[int]
    """Autoscaling target: invocations per instance and minute. Default: 600."""
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
    live_timeout_seconds: NotRequired[int]
    """How long to wait for the endpoint to be in service and to run what was asked for.
    Default: what the shift may take."""


class SageMakerEndpoint(pulumi.ComponentResource):
    """Model, immutable configuration, endpoint, role, key, autoscaling and alarms.

    Payloads are not captured (SageMaker's data capture is off) and containers have no network
    unless subnets are given. A changed model makes a new configuration first; the old one is
    deleted after the endpoint has left it.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: SageMakerEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("SageMakerEndpoint", name, args, SageMakerEndpointArgs.__annotations__)
        core = read_core(checks, name, args, least_min=1, most_max=1000)
        settings = _read_settings(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:SageMakerEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        tags = core.aws_tags()

        image = sagemaker_image.image(args.get("image"), args.get("framework"), lookup)
        endpoint_name = core.physical_name
        uris = {_STABLE: args["model_uri"]}
        versions = {_STABLE: core.model_version}
        if core.candidate_version is not None:
            uris[_CANDIDATE] = args.get("candidate_uri", "")
            versions[_CANDIDATE] = core.candidate_version

        key = (
            None
            if settings.local_disks
            else volume_key(
                name,
                of=f"SageMaker endpoint {endpoint_name}",
                alias=endpoint_name,
                tags=tags,
                child=child,
            )
        )
        artifact_keys = [args["artifact_key_arn"]] if "artifact_key_arn" in args else []
        logs_name = f"{ENDPOINTS}/{endpoint_name}"
        role, policy = execution_role(
            name,
            Access(
                images=[image],
                reads=list(uris.values()),
                read_keys=[*([key.arn] if key else []), *artifact_keys],
                log_group=logs_name,
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
                [Container(image=image, uri=uri)],
                role_arn=role.arn,
                vpc=settings.vpc,
                tags=core.aws_tags(versions[variant]),
                # SageMaker loads the artifact by the role at once.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
            for variant, uri in uris.items()
        }
        # Weights here are where an update begins: the candidate gets nothing before it is held
        # at its share by the live endpoint below, so moving the share makes no new configuration.
        configuration = aws.sagemaker.EndpointConfiguration(
            f"{name}-configuration",
            production_variants=[
                aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                    variant_name=variant,
                    model_name=made.name,
                    instance_type=settings.instance_type,
                    initial_instance_count=(
                        core.min_replicas if variant == _STABLE else settings.candidate_replicas
                    ),
                    initial_variant_weight=1.0 if variant == _STABLE else 0.0,
                )
                for variant, made in models.items()
            ],
            kms_key_arn=key.arn if key else None,
            tags=core.aws_tags(core.model_version),
            opts=child,
        )
        scope = AlarmScope(name, tags, args.get("alarm_topic_arn"), self)
        alarms = [
            alarm
            for variant in models
            for alarm in sagemaker_alarms(scope, endpoint_name, variant, core.slo)
        ]
        logs = log_group(
            name,
            logs_name,
            retention_days=settings.log_retention_days,
            key_arn=args.get("key_arn"),
            tags=tags,
            child=child,
        )
        endpoint = aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=endpoint_name,
            endpoint_config_name=configuration.name,
            tags=core.aws_tags(core.model_version),
            # After its creation it is moved by the live endpoint, which keeps counts and weights.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[logs], ignore_changes=list(OF_THE_LIVE_ENDPOINT)
            ),
        )
        live = SageMakerLiveEndpoint(
            f"{name}-live",
            endpoint_name=endpoint.name,
            endpoint_config_name=configuration.name,
            weights=_weights(core),
            shift=settings.shift,
            alarm_names=[alarm.name for alarm in alarms],
            timeout_seconds=settings.live_timeout_seconds,
            opts=child,
        )
        if core.max_replicas > core.min_replicas:
            sagemaker_autoscaling.follow_load(
                core,
                live.endpoint_name,
                variant=_STABLE,
                invocations_per_instance=settings.invocations_per_instance,
                child=child,
            )

        self.url = pulumi.Output.concat(
            "https://runtime.sagemaker.",
            aws.get_region_output(opts=lookup).region,
            ".amazonaws.com/endpoints/",
            live.endpoint_name,
            "/invocations",
        )
        self.endpoint_name = live.endpoint_name
        self.invoke_policy = iam.invoke_document("sagemaker:InvokeEndpoint", endpoint.arn)
        self.latency_metric = pulumi.Output.from_input(
            {
                "source": "cloudwatch",
                "namespace": "AWS/SageMaker",
                "metric": "ModelLatency",
                "statistic": "p95",
                "unit": "us",
                "endpoint_name": endpoint_name,
                "variant": _STABLE,
            }
        )
        self.status = pulumi.Output.from_input(core.status("sagemaker", args["model_uri"]))
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "status": self.status,
            }
        )


@dataclass(frozen=True, slots=True)
class _Settings:
    """The arguments that only SageMaker has, checked."""

    instance_type: str
    local_disks: bool
    candidate_replicas: int
    invocations_per_instance: int
    shift: Shift
    live_timeout_seconds: int | None
    log_retention_days: int
    vpc: aws.sagemaker.ModelVpcConfigArgs | None


def _read_settings(checks: Checks, core: Core, args: SageMakerEndpointArgs) -> _Settings:
    if len(core.physical_name) > _LONGEST_NAME:
        checks.problem(
            "name", core.physical_name, f"at most {_LONGEST_NAME} signs with environment"
        )
    if len(core.name) > _LONGEST_MODEL:
        checks.problem("name", core.name, f"at most {_LONGEST_MODEL} signs on SageMaker")
    checks.optional_text("model_uri", S3_URI, "an S3 URI such as s3://bucket/model.tar.gz")
    checks.optional_text("candidate_uri", S3_URI, "an S3 URI such as s3://bucket/model.tar.gz")
    if checks.given("image"):
        checks.text(
            "image", _ECR_IMAGE, "an image in Amazon ECR: SageMaker pulls from nowhere else"
        )
    elif args.get("framework") not in sagemaker_image.PREBUILT:
        known = " or ".join(sagemaker_image.PREBUILT)
        checks.problem("framework", args.get("framework"), f"{known}, or give image")
    checks.text("instance_type", r"ml\.[a-z0-9-]+\.[a-z0-9]+", "a type such as ml.c6i.xlarge")
    shift = read_shift(checks)
    if shift.kind == "rolling" and core.candidate_version is not None:
        checks.problem(
            "shift", shift.kind, "another one beside a candidate: rolling knows one variant"
        )
    instance_type = str(args.get("instance_type"))
    return _Settings(
        instance_type=instance_type,
        local_disks=has_local_disks(instance_type),
        candidate_replicas=checks.whole("candidate_replicas", core.max_replicas, 1, 1000),
        invocations_per_instance=checks.whole("invocations_per_instance", 600, 1, 1_000_000),
        shift=shift,
        live_timeout_seconds=(
            checks.whole("live_timeout_seconds", 1, 1, 28_800)
            if checks.given("live_timeout_seconds")
            else None
        ),
        log_retention_days=read_retention(checks, usual=30),
        vpc=read_vpc(checks, args),
    )


def _weights(core: Core) -> dict[str, int]:
    if core.candidate_version is None:
        return {_STABLE: 100}
    return {_STABLE: 100 - core.canary_percent, _CANDIDATE: core.canary_percent}
