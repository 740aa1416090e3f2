"""A model in an AWS Lambda function behind an HTTP API."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.alarms import http_api_alarms, lambda_alarms
from components.aws.lambda_ import codedeploy, http_api
from components.aws.lambda_.lambda_callers import (
    asynchronous_callers,
    function_url,
    invoke_policy,
)
from components.aws.lambda_.lambda_drift import drift_alarms, read_lambda_drift
from components.aws.lambda_.lambda_endpoint_args import LambdaEndpointArgs
from components.aws.lambda_.lambda_held_share import alias_hooks, function_hooks
from components.aws.lambda_.lambda_package import function_code
from components.aws.lambda_.lambda_ready_version import LambdaReadyVersion
from components.aws.lambda_.lambda_role import execution_role
from components.aws.lambda_.lambda_settings import Settings, read_settings
from components.aws.lambda_.lambda_variables import variables
from components.aws.lambda_.lambda_warmth import keep_warm
from components.aws.monitoring.asked import alarm_scope, read_monitoring
from components.aws.monitoring.gate import gate_queries
from components.aws.monitoring.indicators import (
    Indicator,
    function_indicators,
    http_api_indicators,
)
from components.aws.monitoring.uses import lambda_uses
from components.aws.monitoring.watch import api_traffic, watch
from components.checks import Checks
from components.gate import CANDIDATE, STABLE, GateQueries
from components.serving import Core, read_core
from facts.cloudwatch_namespaces import API_GATEWAY
from facts.lambda_serving import RUNTIME_UPDATES

__all__ = ["LambdaEndpoint", "LambdaEndpointArgs"]

_ALIAS: Final = "live"


class LambdaEndpoint(pulumi.ComponentResource):
    """Function, published version, alias `live`, HTTP API with `POST /predict`, logs, alarms.

    With a candidate the newest version is the candidate: the alias stays on the version that is
    stable and gives the newest its share, so a stable model has to be live first.
    """

    url: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    invoke_policy: pulumi.Output[str]
    latency_metric: pulumi.Output[dict[str, str]]
    function_url: pulumi.Output[str]
    """The function's own URL; empty unless it was asked for."""
    status: pulumi.Output[dict[str, Any]]
    gate_queries: GateQueries
    """What a gate asks of each version (docs/slo.md)."""

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
        settings = read_settings(checks, core, args)
        asked = read_monitoring(checks, core)
        drifting = read_lambda_drift(checks, args, settings)
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
        told = variables(core, args, settings.handler, settings.environment_variables)
        # Without variables and snapshots there is nothing of the function's to encrypt.
        key_arn = args.get("key_arn") if told or settings.snap_start else None
        role, policies = execution_role(
            core,
            args,
            logs,
            key_arn=key_arn,
            tracing=settings.tracing,
            pull_model=settings.pull_model,
            parent=self,
        )
        function = _function(
            core,
            settings,
            args,
            told=told,
            key_arn=key_arn,
            role_arn=role.arn,
            log_group=logs.name,
            # A function that starts before it may write its log loses its first lines.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=policies,
                hooks=function_hooks(name, has_candidate=has_candidate),
            ),
        )
        # AWS's own default, and what a change of it by hand is brought back to.
        aws.lambda_.FunctionRecursionConfig(
            f"{name}-recursion",
            function_name=function.name,
            recursive_loop="Terminate",
            opts=child,
        )
        if settings.runtime_updates is not None:
            aws.lambda_.RuntimeManagementConfig(
                f"{name}-runtime",
                function_name=function.name,
                update_runtime_on=RUNTIME_UPDATES[settings.runtime_updates],
                runtime_version_arn=settings.runtime_version_arn,
                opts=child,
            )
        version = _ready(core, settings, function, child)
        alias = aws.lambda_.Alias(
            f"{name}-alias",
            name=_ALIAS,
            # Says which model is stable; the guard of the held share compares it.
            description=core.model_version,
            function_name=function.name,
            function_version=version,
            routing_config=_routing(core, version),
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=_not_ours(core, settings),
                hooks=alias_hooks(name, has_candidate=has_candidate),
            ),
        )
        keep_warm(settings.warmth, alias, tags, child)
        asynchronous_callers(
            name,
            alias,
            args,
            settings,
            pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=policies)),
        )
        made = http_api.predict_api(
            core,
            alias,
            timeout_seconds=settings.timeout_seconds + 1,
            throttle_rate_per_second=settings.throttle_rate_per_second,
            throttle_burst=settings.throttle_burst,
            log_retention_days=settings.log_retention_days,
            key_arn=args.get("key_arn"),
            jwt_issuer=args.get("jwt_issuer"),
            jwt_audience=args.get("jwt_audience", ""),
            cors_origins=settings.cors_origins,
            domain=_domain(args),
            child=child,
        )
        api = made.api
        # An endpoint of SageMaker may have the function's name, where a model moves to it.
        watched = f"{function_name}-lambda"
        scope = alarm_scope(core, args, asked, of=watched, parent=self)
        alarms = [
            *http_api_alarms(scope, api.id, core.slo),
            *lambda_alarms(scope, function.name, _ALIAS, core.slo),
        ]
        watch(
            scope,
            watched,
            asked,
            indicators=http_api_indicators(asked.slo, api.id),
            uses=lambda_uses(
                function.name,
                _ALIAS,
                reserved_concurrency=settings.reserved_concurrency,
                provisioned=settings.warmth.count > 0,
            ),
            traffic=api_traffic(api.id),
            symptoms=alarms,
        )
        if drifting is not None:
            drift_alarms(core, drifting, settings, scope)
        if settings.shift:
            codedeploy.deployment(
                core, settings.shift, version=version, alias=alias, alarms=alarms, child=child
            )

        self.url = made.url
        self.endpoint_name = function.name
        self.invoke_policy = invoke_policy(
            pulumi.Output.concat(api.execution_arn, "/*/POST/predict"),
            alias.arn if settings.function_url else None,
        )
        self.function_url = (
            function_url(name, alias, settings.cors_origins, child)
            if settings.function_url
            else pulumi.Output.from_input("")
        )
        self.latency_metric = api.id.apply(
            lambda api_id: {
                "source": "cloudwatch",
                "namespace": API_GATEWAY,
                "metric": "Latency",
                "statistic": "p95",
                "unit": "ms",
                "api_id": api_id,
            }
        )
        self.status = pulumi.Output.from_input(core.status("lambda", args["model_uri"]))
        self.gate_queries = gate_queries(
            _measured(core, function.name, alias, version), pulumi.InvokeOptions(parent=self)
        )
        self.register_outputs(
            {
                "url": self.url,
                "endpoint_name": self.endpoint_name,
                "invoke_policy": self.invoke_policy,
                "latency_metric": self.latency_metric,
                "function_url": self.function_url,
                "status": self.status,
                "gate_queries": self.gate_queries,
            }
        )


def _function(
    core: Core,
    settings: Settings,
    args: Mapping[str, Any],
    *,
    told: Mapping[str, pulumi.Input[str]],
    key_arn: pulumi.Input[str] | None,
    role_arn: pulumi.Output[str],
    log_group: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.Function:
    """The function, with the newest version's code and settings."""
    is_image = "image" in args
    dead_letters = args.get("dead_letter_arn")
    logging: aws.lambda_.FunctionLoggingConfigArgsDict = {
        "log_format": "JSON",
        "log_group": log_group,
    }
    if settings.log_level is not None:
        logging["application_log_level"] = settings.log_level
    return aws.lambda_.Function(
        f"{core.name}-function",
        name=core.physical_name,
        description=args.get("description"),
        role=role_arn,
        **function_code(core, settings.package, args, pulumi.ResourceOptions(parent=opts.parent)),
        handler=None if is_image else settings.handler,
        runtime=None if is_image else settings.runtime,
        layers=args.get("layers"),
        code_signing_config_arn=args.get("code_signing_config_arn"),
        architectures=[settings.architecture],
        memory_size=settings.memory_mib,
        timeout=settings.timeout_seconds,
        ephemeral_storage={"size": settings.ephemeral_storage_mib},
        environment={"variables": told} if told else None,
        kms_key_arn=key_arn,
        snap_start={"apply_on": "PublishedVersions"} if settings.snap_start else None,
        vpc_config={
            "subnet_ids": args["subnet_ids"],
            "security_group_ids": args["security_group_ids"],
        }
        if args.get("subnet_ids")
        else None,
        dead_letter_config={"target_arn": dead_letters} if dead_letters else None,
        reserved_concurrent_executions=settings.reserved_concurrency,
        tracing_config={"mode": "Active" if settings.tracing else "PassThrough"},
        logging_config=logging,
        publish=True,
        tags=core.aws_tags_keeping(core.newest_version),
        opts=opts,
    )


def _domain(args: Mapping[str, Any]) -> http_api.Domain | None:
    if "domain" not in args:
        return None
    return http_api.Domain(args["domain"], args["certificate_arn"], args.get("zone_id"))


def _measured(
    core: Core,
    function_name: pulumi.Output[str],
    alias: aws.lambda_.Alias,
    newest: pulumi.Output[str],
) -> dict[str, tuple[str, list[Indicator]]]:
    """Each version as it alone is measured; CloudWatch tells them apart while there are two."""

    def of(version: pulumi.Output[str] | None = None) -> list[Indicator]:
        return function_indicators(core.slo, function_name, _ALIAS, version)

    if core.candidate_version is None:
        return {STABLE: (core.model_version, of())}
    return {
        STABLE: (core.model_version, of(alias.function_version)),
        CANDIDATE: (core.candidate_version, of(newest)),
    }


def _ready(
    core: Core,
    settings: Settings,
    function: aws.lambda_.Function,
    child: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The newest version, for what sends it requests: with SnapStart once its snapshot is there."""
    if not settings.snap_start:
        return function.version
    ready = LambdaReadyVersion(
        f"{core.name}-ready",
        function_name=function.name,
        version=function.version,
        alias_name=_ALIAS,
        opts=child,
    )
    return ready.version


def _routing(
    core: Core, version: pulumi.Output[str]
) -> aws.lambda_.AliasRoutingConfigArgsDict | None:
    """The newest version gets the candidate's share; the alias's own version the rest."""
    if core.candidate_version is None or core.canary_percent == 0:
        return None
    share = core.canary_percent / 100
    return {"additional_version_weights": version.apply(lambda number: {number: share})}


def _not_ours(core: Core, settings: Settings) -> list[str]:
    """What a live rollout owns on the alias, and an update must not reset."""
    if settings.shift:
        # The description too: AWS's provider writes a whole alias, with the version that the state
        # knows, and would take back in a moment what CodeDeploy moved.
        return ["description", "functionVersion", "routingConfig"]
    return ["functionVersion"] if core.candidate_version is not None else []
