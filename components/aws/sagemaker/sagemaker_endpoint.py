"""A model on a real-time Amazon SageMaker endpoint."""

from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.alarms import sagemaker_alarms
from components.aws.monitoring.asked import alarm_scope, read_monitoring
from components.aws.monitoring.gate import gate_queries
from components.aws.monitoring.indicators import sagemaker_indicators
from components.aws.monitoring.uses import instance_uses, overhead_use
from components.aws.monitoring.watch import sagemaker_traffic, watch
from components.aws.sagemaker import sagemaker_autoscaling
from components.aws.sagemaker.sagemaker_capture import capture_config
from components.aws.sagemaker.sagemaker_drift import Captured, watch_drift
from components.aws.sagemaker.sagemaker_endpoint_args import SageMakerEndpointArgs
from components.aws.sagemaker.sagemaker_endpoint_settings import read_settings
from components.aws.sagemaker.sagemaker_live_endpoint import live_endpoint
from components.aws.sagemaker.sagemaker_logs import log_group
from components.aws.sagemaker.sagemaker_models import model
from components.aws.sagemaker.sagemaker_outputs import invoke_url, latency_metric
from components.aws.sagemaker.sagemaker_production_variant import variant_arguments
from components.aws.sagemaker.sagemaker_role import Access, execution_role, volume_key
from components.aws.sagemaker.sagemaker_versions import CANDIDATE, STABLE, versions, weights
from components.checks import Checks
from components.gate import GateQueries
from components.serving import read_core, refuse_cut_off
from facts.cloudwatch_namespaces import ENDPOINTS
from facts.request_timeouts import SAGEMAKER

__all__ = ["SageMakerEndpoint", "SageMakerEndpointArgs"]

_SHADOW: Final = "shadow"


class SageMakerEndpoint(pulumi.ComponentResource):
    """Model, immutable configuration, endpoint, role, key, autoscaling and alarms.

    Payloads are captured only where that is asked for, and containers have no network unless
    subnets are given. A changed model makes a new configuration first; the old one is
    deleted after the endpoint has left it.
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
        args: SageMakerEndpointArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("SageMakerEndpoint", name, args, SageMakerEndpointArgs.__annotations__)
        core = read_core(checks, name, args, least_min=1, most_max=1000)
        refuse_cut_off(checks, core.slo, SAGEMAKER.maximum, "SageMaker")
        settings = read_settings(checks, core, args)
        asked = read_monitoring(checks, core)
        checks.raise_problems()
        super().__init__("model-serving:index:SageMakerEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        tags = core.aws_tags()

        endpoint_name = core.physical_name
        served = versions(core, args, settings.containers, settings.instance_type, lookup)
        capturing = settings.capturing

        key = volume_key(
            name,
            settings.instance_type,
            of=f"SageMaker endpoint {endpoint_name}",
            alias=endpoint_name,
            tags=tags,
            child=child,
        )
        logs_name = f"{ENDPOINTS}/{endpoint_name}"
        role, policy = execution_role(
            name,
            Access(
                images=[image for each in served.values() for image in each.images],
                reads=[uri for each in served.values() for uri in each.reads],
                writes=[capturing.uri] if capturing else [],
                read_keys=[
                    *([key.arn] if key else []),
                    *([args["artifact_key_arn"]] if "artifact_key_arn" in args else []),
                ],
                write_keys=[args["capture_key_arn"]] if "capture_key_arn" in args else [],
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
                each.containers,
                role_arn=role.arn,
                vpc=settings.vpc,
                isolated=settings.isolated,
                tags=core.aws_tags(each.version),
                call=settings.containers.call,
                # SageMaker loads the artifact by the role at once.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
            for variant, each in served.items()
        }
        shadow = CANDIDATE if settings.strategy == _SHADOW else None
        configuration = aws.sagemaker.EndpointConfiguration(
            f"{name}-configuration",
            production_variants=[
                aws.sagemaker.EndpointConfigurationProductionVariantArgs(
                    **variant_arguments(core, settings, variant, made.name)
                )
                for variant, made in models.items()
                if variant != shadow
            ],
            shadow_production_variants=[
                aws.sagemaker.EndpointConfigurationShadowProductionVariantArgs(
                    **variant_arguments(core, settings, variant, made.name)
                )
                for variant, made in models.items()
                if variant == shadow
            ]
            or None,
            data_capture_config=capture_config(capturing, args.get("capture_key_arn")),
            kms_key_arn=key.arn if key else None,
            tags=core.aws_tags_keeping(core.model_version),
            opts=child,
        )
        scope = alarm_scope(core, args, asked, of=endpoint_name, parent=self)
        alarms = {
            variant: sagemaker_alarms(scope, endpoint_name, variant, core.slo) for variant in models
        }
        answering = {
            variant: {"EndpointName": endpoint_name, "VariantName": variant}
            for variant in models
            if variant != shadow
        }
        stable = answering[STABLE]
        watch(
            scope,
            endpoint_name,
            asked,
            indicators=sagemaker_indicators(asked.slo, list(answering.values())),
            uses=[
                *instance_uses(STABLE, stable, settings.instance_type),
                overhead_use(STABLE, stable, core.slo),
                *sagemaker_autoscaling.at_maximum_uses(core, STABLE, stable, settings.following),
            ],
            traffic=sagemaker_traffic(answering),
            symptoms=[alarm for found in alarms.values() for alarm in found],
        )
        logs = log_group(
            name,
            logs_name,
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
            # A shadow does not answer, and has no weight beside those that do.
            weights=weights(core) if shadow is None else {STABLE: 100},
            shift=settings.shift,
            # Nobody gets a shadow's answers: its alarms tell, and take no update back.
            alarm_names=[
                alarm.name
                for variant, found in alarms.items()
                if variant != shadow
                for alarm in found
            ],
            scaled_variants=[STABLE] if settings.following.scales(core) else [],
            timeout_seconds=settings.live_timeout_seconds,
            parent=self,
        )
        if settings.following.scales(core):
            sagemaker_autoscaling.follow_load(
                core,
                live.endpoint_name,
                variant=STABLE,
                following=settings.following,
                tags=tags,
                child=child,
            )

        if settings.drifting is not None and capturing is not None:
            watch_drift(
                core,
                settings.drifting,
                Captured(
                    endpoint_name=endpoint_name,
                    uri=capturing.uri,
                    key_arn=args.get("capture_key_arn"),
                    volume_key_arn=key.arn if key else None,
                    subnet_ids=args.get("subnet_ids", []),
                    security_group_ids=args.get("security_group_ids", []),
                    isolated=settings.isolated,
                    after=live,
                ),
                scope,
            )

        self.url = invoke_url(live.endpoint_name, lookup)
        self.endpoint_name = live.endpoint_name
        self.invoke_policy = iam.invoke_document("sagemaker:InvokeEndpoint", endpoint.arn)
        self.latency_metric = latency_metric({"endpoint_name": endpoint_name, "variant": STABLE})
        self.status = pulumi.Output.from_input(core.status("sagemaker", args["model_uri"]))
        self.gate_queries = gate_queries(
            {
                variant: (
                    served[variant].version,
                    sagemaker_indicators(
                        core.slo, [{"EndpointName": endpoint_name, "VariantName": variant}]
                    ),
                )
                for variant in models
            },
            lookup,
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
