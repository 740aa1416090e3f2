"""An Amazon SageMaker endpoint that several models share, each by an inference component."""

import re
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from components.aws import iam
from components.aws.alarms import sagemaker_alarms
from components.aws.log_retention import read_retention
from components.aws.monitoring.asked import alarm_scope, read_monitoring
from components.aws.monitoring.gate import gate_queries
from components.aws.monitoring.indicators import sagemaker_indicators
from components.aws.monitoring.uses import instance_uses, overhead_use
from components.aws.monitoring.watch import sagemaker_traffic, watch
from components.aws.sagemaker.sagemaker_component_endpoint import (
    Hosting,
    hosting_endpoint,
    read_instance_type,
)
from components.aws.sagemaker.sagemaker_image import PREBUILT, image
from components.aws.sagemaker.sagemaker_names import check_endpoint_name
from components.aws.sagemaker.sagemaker_network import read_vpc
from components.aws.sagemaker.sagemaker_outputs import invoke_url, latency_metric
from components.aws.sagemaker.sagemaker_role import Access
from components.aws.sagemaker.sagemaker_versions import STABLE
from components.checks import Checks
from components.gate import GateQueries
from components.serving import read_base, refuse_cut_off
from facts.cloudwatch_namespaces import COMPONENTS
from facts.inference_components import VARIANT
from facts.request_timeouts import SAGEMAKER
from facts.sagemaker_hosting import ECR_IMAGE

__all__ = ["SageMakerSharedEndpoint", "SageMakerSharedEndpointArgs"]

_PREFIX: Final = r"s3://[a-z0-9.-]+/(.+/)?"
_OF_A_BUCKET: Final = len("//") + len("/")
# A new configuration brings up its instances before the old ones go.
_TIMEOUT_SECONDS: Final = 3600


class SageMakerSharedEndpointArgs(TypedDict):
    """Flat arguments of `SageMakerSharedEndpoint`; only texts may be outputs of other resources."""

    environment: str
    """Name of the environment, such as `dev` or `prod`; part of the endpoint's name."""
    owner: str
    """Team that answers for the endpoint."""
    description: NotRequired[str]
    """What the endpoint is for. Default: nothing."""
    min_replicas: NotRequired[int]
    """Fewest instances; 0 where all models may be without a copy. Default: 1."""
    max_replicas: NotRequired[int]
    """Most instances; SageMaker has as many as the copies of the models need. Default: the larger
    of 1 and `min_replicas`."""
    latency_p95_ms: NotRequired[float]
    """SLO: 95 % of requests are answered within this many milliseconds. Default: 100."""
    error_rate_percent: NotRequired[float]
    """SLO: at most this many % of requests fail. Default: 1."""
    data_classification: NotRequired[str]
    """public, internal, confidential or restricted. Default: internal."""
    tags: NotRequired[dict[str, str]]
    """Further tags. Default: none."""
    instance_type: str
    """SageMaker instance type, such as `ml.g5.12xlarge`."""
    artifact_prefixes: list[str]
    """S3 URIs with `/` at their end, below which the models are: all that the endpoint reads."""
    images: NotRequired[list[str]]
    """Images in Amazon ECR whose repositories models may run from, beside AWS's own for
    frameworks. Default: none."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets of the models' containers, with `security_group_ids`. Default: no
    network."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups of the containers. Default: none."""
    artifact_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that the artifacts are encrypted by. Default: none, or S3's own key."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept; CloudWatch's own steps. Default: 30."""
    key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for logs; its policy has to let the region's CloudWatch Logs use it
    (logs.<region>.amazonaws.com). Default: AWS's own key."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that alarms on the SLO of all models together tell. Default: alarms tell nobody."""
    page_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that pages tell, of `alarms` burn_rate. Default: `alarm_topic_arn`."""
    alarms: NotRequired[str]
    """symptoms, at the bounds of the SLO; or burn_rate, which adds those on
    how fast its error budget goes and on what is full, for some dollars a month. Default:
    symptoms."""
    window_days: NotRequired[int]
    """Days over which the SLO holds, 1 to 365. Default: 30."""
    dashboard: NotRequired[bool]
    """Whether CloudWatch has a dashboard of it, for some dollars a month. Default: false."""
    runbook_url: NotRequired[str]
    """Where people on call read what to do, in alarms' descriptions; `{alert}` becomes what the
    alarm means. Default: none."""
    ready_timeout_seconds: NotRequired[int]
    """How long the endpoint may take to be in service before the update fails. Default: 3600."""


class SageMakerSharedEndpoint(pulumi.ComponentResource):
    """Instances, their role, key and logs: what models share, and no model.

    A model on it is a `SageMakerInferenceComponent` that names it as `server`. Its role reads what
    is below `artifact_prefixes`, for it does not know the models; each model has a role of its
    own, that reads its artifact alone. Which of the two SageMaker takes is not documented.
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
        args: SageMakerSharedEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        known = SageMakerSharedEndpointArgs.__annotations__
        checks = Checks("SageMakerSharedEndpoint", name, args, known)
        base = read_base(checks, name, least_min=0, most_max=1000)
        refuse_cut_off(checks, base.slo, SAGEMAKER.maximum, "SageMaker")
        check_endpoint_name(checks, base.physical_name)
        instance_type = read_instance_type(checks)
        prefixes = checks.texts("artifact_prefixes", [])
        if not prefixes:
            checks.problem("artifact_prefixes", prefixes, "where models are, as s3://bucket/team/")
        _all(checks, "artifact_prefixes", prefixes, _PREFIX, "S3 URIs that end with `/`")
        images = checks.texts("images", [])
        _all(checks, "images", images, ECR_IMAGE, "images in Amazon ECR")
        read_vpc(checks, args)
        retention_days = read_retention(checks, usual=30)
        seconds = checks.whole("ready_timeout_seconds", _TIMEOUT_SECONDS, 60, 28_800)
        asked = read_monitoring(checks, base)
        checks.raise_problems()
        super().__init__("model-serving:index:SageMakerSharedEndpoint", name, {}, opts)
        lookup = pulumi.InvokeOptions(parent=self)

        endpoint = hosting_endpoint(
            name,
            Hosting(
                endpoint_name=base.physical_name,
                instance_type=instance_type,
                min_instances=base.min_replicas,
                max_instances=base.max_replicas,
                log_retention_days=retention_days,
                log_key_arn=args.get("key_arn"),
                timeout_seconds=seconds,
            ),
            Access(
                images=[*(image(None, each, lookup) for each in sorted(PREBUILT)), *images],
                # All of a bucket has no prefix that a policy could name.
                reads=[
                    f"{each}*" if each.count("/") == _OF_A_BUCKET else each for each in prefixes
                ],
                read_keys=[args["artifact_key_arn"]] if "artifact_key_arn" in args else [],
                log_group=f"{COMPONENTS}/{base.physical_name}-*",
                metrics_namespace=COMPONENTS,
                rolls_back=True,
                subnet_ids=args.get("subnet_ids", []),
                security_group_ids=args.get("security_group_ids", []),
            ),
            tags=base.aws_tags(),
            parent=self,
        )

        scope = alarm_scope(base, args, asked, of=base.physical_name, parent=self)
        dimensions = {"EndpointName": base.physical_name, "VariantName": VARIANT}
        watch(
            scope,
            base.physical_name,
            asked,
            indicators=sagemaker_indicators(asked.slo, [dimensions]),
            uses=[
                *instance_uses(VARIANT, dimensions, instance_type),
                overhead_use(VARIANT, dimensions, base.slo),
            ],
            traffic=sagemaker_traffic({VARIANT: dimensions}),
            symptoms=sagemaker_alarms(scope, base.physical_name, VARIANT, base.slo),
        )

        self.url = invoke_url(endpoint.name, lookup)
        self.endpoint_name = endpoint.name
        self.invoke_policy = iam.invoke_document("sagemaker:InvokeEndpoint", endpoint.arn)
        self.latency_metric = latency_metric(
            {"endpoint_name": base.physical_name, "variant": VARIANT}
        )
        self.status = pulumi.Output.from_input(base.facts("sagemaker_shared_endpoint"))
        # It has no version: its models have.
        self.gate_queries = gate_queries(
            {STABLE: ("", sagemaker_indicators(base.slo, [dimensions]))}, lookup
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


def _all(checks: Checks, key: str, found: list[str], pattern: str, use: str) -> None:
    for wrong in (each for each in found if not re.fullmatch(pattern, each)):
        checks.problem(key, wrong, use)
