"""A model in an AWS Lambda function behind an HTTP API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import held_share
from components.aws import iam
from components.aws.alarms import AlarmScope, http_api_alarms, lambda_alarms
from components.aws.lambda_ import codedeploy, http_api
from components.aws.log_retention import read_retention
from components.checks import Checks
from components.serving import Core, read_core

_ALIAS: Final = "live"
_ARCHITECTURES: Final = ("arm64", "x86_64")
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_MEMORY_MIB: Final = (128, 10_240)
_STORAGE_MIB: Final = (512, 10_240)
_LONGEST_NAME: Final = 64


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
    """Where the stable model came from; it is told in `status`, the code holds the model."""
    candidate_version: NotRequired[str]
    """Version of a second model that gets a share of the traffic. Default: no candidate."""
    candidate_uri: NotRequired[pulumi.Input[str]]
    """Where the candidate came from. Default: no candidate."""
    canary_percent: NotRequired[int]
    """Steady share of requests for the candidate, 0 to 100. Default: 0."""
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
    """Zip with handler, dependencies and model: the candidate's when there is one. Default:
    `image` is needed."""
    image: NotRequired[pulumi.Input[str]]
    """Image in Amazon ECR instead of a zip: the candidate's when there is one. Default: none."""
    handler: NotRequired[str]
    """Function in the zip. Default: runtime.lambda_handler.handler."""
    runtime: NotRequired[str]
    """Lambda runtime of the zip. Default: python3.13."""
    architecture: NotRequired[str]
    """arm64 or x86_64. Default: arm64."""
    memory_mib: NotRequired[int]
    """Memory in MiB, 128 to 10240; CPU grows with it. Default: 1024."""
    timeout_seconds: NotRequired[int]
    """Longest answer, at most 29 s: an HTTP API waits no longer than 30 s. Default: 10."""
    ephemeral_storage_mib: NotRequired[int]
    """Size of /tmp in MiB, 512 to 10240. Default: 512."""
    environment_variables: NotRequired[dict[str, str]]
    """Environment of the handler; no secrets. Default: none."""
    reserved_concurrency: NotRequired[int]
    """Most instances at once. Default: `max_replicas`."""
    provisioned_concurrency: NotRequired[int]
    """Instances of the live alias kept warm. Default: `min_replicas`."""
    throttle_rate_per_second: NotRequired[float]
    """Requests per second that the API lets through. Default: 50."""
    throttle_burst: NotRequired[int]
    """Requests at once above the rate. Default: 100."""
    log_retention_days: NotRequired[int]
    """Days that logs are kept; CloudWatch's own steps. Default: 30."""
    key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for logs and environment variables; its policy has to let the region's CloudWatch
    Logs use it (logs.<region>.amazonaws.com). Default: AWS's own keys."""
    tracing: NotRequired[bool]
    """Trace requests with X-Ray. Default: true."""
    jwt_issuer: NotRequired[pulumi.Input[str]]
    """Issuer whose tokens callers show, with `jwt_audience`. Default: callers sign with IAM."""
    jwt_audience: NotRequired[str]
    """Audience that the tokens must have. Default: callers sign with IAM."""
    shift: NotRequired[str]
    """How traffic moves when the stable model changes: all_at_once, or canary or linear by
    CodeDeploy, which then owns the alias: an update waits for its deployment, and fails when
    CodeDeploy takes it back. Default: all_at_once."""
    shift_size_percent: NotRequired[int]
    """Size of CodeDeploy's canary or linear step, in % of the requests. Default: 10."""
    shift_wait_seconds: NotRequired[int]
    """Time between CodeDeploy's steps; its predefined configurations know few. Default: their
    shortest, 300 for canary and 60 for linear."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that alarms tell. Default: nobody."""


class LambdaEndpoint(pulumi.ComponentResource):
    """Function, published version, alias `live`, HTTP API with `POST /predict`, logs, alarms.

    With a candidate the newest version is the candidate: the alias stays on the version that is
    stable and gives the newest its share, so a stable model has to be live first.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    status: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: LambdaEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("LambdaEndpoint", name, args, LambdaEndpointArgs.__annotations__)
        core = read_core(
            checks, name, args, least_min=0, most_max=10_000, usual_min=0, usual_max=10
        )
        settings = _read_settings(checks, core, args)
        checks.raise_problems()
        super().__init__("model-serving:index:LambdaEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = core.aws_tags()
        function_name = core.physical_name
        has_candidate = core.candidate_version is not None

        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{function_name}",
            retention_in_days=settings.log_retention_days,
            kms_key_id=args.get("key_arn"),
            tags=tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            description=f"What the function {function_name} may do",
            assume_role_policy=iam.trust("lambda.amazonaws.com"),
            tags=tags,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-role-policy",
            role=role.name,
            policy=pulumi.Output.all(
                logs=logs.arn, keys=[args["key_arn"]] if "key_arn" in args else []
            ).apply(lambda known: _role_document(known, tracing=settings.tracing)),
            opts=child,
        )
        function = aws.lambda_.Function(
            f"{name}-function",
            name=function_name,
            description=args.get("description"),
            role=role.arn,
            package_type="Image" if "image" in args else "Zip",
            image_uri=args.get("image"),
            code=pulumi.FileArchive(args["code_path"]) if "code_path" in args else None,
            handler=None if "image" in args else settings.handler,
            runtime=None if "image" in args else settings.runtime,
            architectures=[settings.architecture],
            memory_size=settings.memory_mib,
            timeout=settings.timeout_seconds,
            ephemeral_storage={"size": settings.ephemeral_storage_mib},
            environment={"variables": settings.environment_variables}
            if settings.environment_variables
            else None,
            kms_key_arn=args.get("key_arn") if settings.environment_variables else None,
            reserved_concurrent_executions=settings.reserved_concurrency,
            tracing_config={"mode": "Active" if settings.tracing else "PassThrough"},
            logging_config={"log_format": "JSON", "log_group": logs.name},
            publish=True,
            tags=core.aws_tags(core.newest_version),
            # A function that starts before it may write its log loses its first lines.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[policy],
                hooks=held_share.refuse_to_create(name, "function", has_candidate=has_candidate),
            ),
        )
        alias = aws.lambda_.Alias(
            f"{name}-alias",
            name=_ALIAS,
            # Says which model is stable; the guard of the held share compares it.
            description=core.model_version,
            function_name=function.name,
            function_version=function.version,
            routing_config=_routing(core, function),
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=_not_ours(core, settings),
                hooks=held_share.alias_hooks(name, has_candidate=has_candidate),
            ),
        )
        if settings.provisioned_concurrency:
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-warm",
                function_name=alias.function_name,
                qualifier=alias.name,
                provisioned_concurrent_executions=settings.provisioned_concurrency,
                opts=child,
            )
        api = http_api.predict_api(
            core,
            alias,
            timeout_seconds=settings.timeout_seconds + 1,
            throttle_rate_per_second=settings.throttle_rate_per_second,
            throttle_burst=settings.throttle_burst,
            log_retention_days=settings.log_retention_days,
            key_arn=args.get("key_arn"),
            jwt_issuer=args.get("jwt_issuer"),
            jwt_audience=args.get("jwt_audience", ""),
            child=child,
        )
        scope = AlarmScope(name, tags, args.get("alarm_topic_arn"), self)
        alarms = [
            *http_api_alarms(scope, api.id, core.slo),
            *lambda_alarms(scope, function.name, _ALIAS, core.slo),
        ]
        if settings.shift:
            codedeploy.deployment(
                core, settings.shift, function=function, alias=alias, alarms=alarms, child=child
            )

        self.url = pulumi.Output.concat(api.api_endpoint, "/predict")
        self.endpoint_name = function.name
        self.invoke_policy = iam.invoke_document(
            "execute-api:Invoke", pulumi.Output.concat(api.execution_arn, "/*/POST/predict")
        )
        self.latency_metric = api.id.apply(
            lambda api_id: {
                "source": "cloudwatch",
                "namespace": "AWS/ApiGateway",
                "metric": "Latency",
                "statistic": "p95",
                "unit": "ms",
                "api_id": api_id,
            }
        )
        self.status = pulumi.Output.from_input(core.status("lambda", args["model_uri"]))
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
    """The arguments that only Lambda has, checked."""

    handler: str
    runtime: str
    architecture: str
    memory_mib: int
    timeout_seconds: int
    ephemeral_storage_mib: int
    environment_variables: dict[str, str]
    reserved_concurrency: int
    provisioned_concurrency: int
    throttle_rate_per_second: float
    throttle_burst: int
    log_retention_days: int
    tracing: bool
    shift: codedeploy.Shift | None


def _read_settings(checks: Checks, core: Core, args: LambdaEndpointArgs) -> _Settings:
    if len(core.physical_name) > _LONGEST_NAME:
        checks.problem(
            "name", core.physical_name, f"at most {_LONGEST_NAME} signs with environment"
        )
    if checks.given("image") == checks.given("code_path"):
        checks.problem("code_path", args.get("code_path"), "either code_path or image")
    if checks.given("jwt_issuer") != checks.given("jwt_audience"):
        missing = "jwt_audience" if checks.given("jwt_issuer") else "jwt_issuer"
        checks.problem(missing, None, "both jwt_issuer and jwt_audience, or neither")
    reserved = checks.whole("reserved_concurrency", core.max_replicas, 1, 10_000)
    provisioned = checks.whole("provisioned_concurrency", core.min_replicas, 0, 10_000)
    if provisioned > reserved:
        checks.problem(
            "provisioned_concurrency", provisioned, f"at most reserved_concurrency ({reserved})"
        )
    if provisioned and core.candidate_version is not None and core.canary_percent:
        checks.problem(
            "provisioned_concurrency",
            provisioned,
            "0, by an `up` of its own before the candidate gets a share: Lambda warms no alias of "
            "two versions, and what is warm goes only at the end of an update",
        )
    return _Settings(
        handler=checks.plain("handler", "runtime.lambda_handler.handler"),
        runtime=checks.plain("runtime", "python3.13"),
        architecture=checks.choice("architecture", "arm64", _ARCHITECTURES),
        memory_mib=checks.whole("memory_mib", 1024, *_MEMORY_MIB),
        timeout_seconds=checks.whole(
            "timeout_seconds", 10, 1, http_api.LONGEST_TIMEOUT_SECONDS - 1
        ),
        ephemeral_storage_mib=checks.whole("ephemeral_storage_mib", 512, *_STORAGE_MIB),
        environment_variables=checks.mapping("environment_variables"),
        reserved_concurrency=reserved,
        provisioned_concurrency=provisioned,
        throttle_rate_per_second=checks.number("throttle_rate_per_second", 50, 1, 10_000),
        throttle_burst=checks.whole("throttle_burst", 100, 1, 5_000),
        log_retention_days=read_retention(checks, usual=30),
        tracing=checks.flag("tracing", default=True),
        shift=codedeploy.configuration(checks, core),
    )


def _role_document(known: Mapping[str, Any], *, tracing: bool) -> str:
    trace = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    return iam.document(
        iam.write_logs(known["logs"], create_group=False),
        *iam.use_key(known["keys"]),
        # X-Ray knows no resource (service authorization reference of AWS X-Ray).
        *([iam.allow("Trace", trace, ["*"])] if tracing else []),
    )


def _routing(
    core: Core, function: aws.lambda_.Function
) -> aws.lambda_.AliasRoutingConfigArgsDict | None:
    """The newest version gets the candidate's share; the alias's own version the rest."""
    if core.candidate_version is None or core.canary_percent == 0:
        return None
    share = core.canary_percent / 100
    return {"additional_version_weights": function.version.apply(lambda v: {v: share})}


def _not_ours(core: Core, settings: _Settings) -> list[str]:
    """What a live rollout owns on the alias, and an update must not reset."""
    if settings.shift:
        # The description too: AWS's provider writes a whole alias, with the version that the state
        # knows, and would take back in a moment what CodeDeploy moved.
        return ["description", "functionVersion", "routingConfig"]
    return ["functionVersion"] if core.candidate_version is not None else []
