"""AWS clients for the resources: made when first needed, so that a preview never loads boto3.

Importing boto3 and SageMaker's model costs about 0.6 s of CPU; only Create, Update and Read pay it.
Credentials and end points come from the vendor's own environment variables and settings alone.
"""

import os
import threading
from dataclasses import dataclass
from typing import Any, Protocol, cast

from provider.errors import ProviderError, one_line


class SageMaker(Protocol):
    """The calls of boto3's SageMaker client that this provider makes, and no others."""

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        """Status, configuration and variants of an endpoint."""
        ...

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        """Variants and data capture of an endpoint configuration."""
        ...

    def describe_model_package(self, *, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        """Approval, image and artifact of a version in the model registry."""
        ...

    def list_model_packages(self, **group: str) -> dict[str, Any]:
        """Versions of a group in the model registry."""
        ...

    def update_endpoint(
        self,
        *,
        EndpointName: str,  # noqa: N803
        EndpointConfigName: str,  # noqa: N803
        **more: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Begin to move an endpoint to another configuration."""
        ...

    def update_endpoint_weights_and_capacities(
        self,
        *,
        EndpointName: str,  # noqa: N803
        DesiredWeightsAndCapacities: list[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        """Move traffic between the variants of an endpoint; makes no new configuration."""
        ...


class CloudWatch(Protocol):
    """The call of boto3's CloudWatch client that this provider makes."""

    def describe_alarms(self, *, AlarmNames: list[str]) -> dict[str, Any]:  # noqa: N803
        """State of metric alarms, with the reason and since when."""
        ...


class AutoScaling(Protocol):
    """The calls of boto3's Application Auto Scaling client that this provider makes."""

    def describe_scalable_targets(
        self,
        *,
        ServiceNamespace: str,  # noqa: N803
        ResourceIds: list[str],  # noqa: N803
    ) -> dict[str, Any]:
        """What is scaled, of these resources."""
        ...

    def describe_scaling_policies(self, **place: str) -> dict[str, Any]:
        """The policies of one target."""
        ...

    def describe_scheduled_actions(self, **place: str) -> dict[str, Any]:
        """The scheduled actions of one target."""
        ...

    def list_tags_for_resource(self, *, ResourceARN: str) -> dict[str, Any]:  # noqa: N803
        """The tags of one target."""
        ...

    def deregister_scalable_target(self, **place: str) -> dict[str, Any]:
        """Take a target away, with its policies and scheduled actions."""
        ...

    def register_scalable_target(self, **target: Any) -> dict[str, Any]:  # noqa: ANN401
        """Make a target, or change it."""
        ...

    def put_scaling_policy(self, **policy: Any) -> dict[str, Any]:  # noqa: ANN401
        """Make a policy, or change it."""
        ...

    def put_scheduled_action(self, **action: Any) -> dict[str, Any]:  # noqa: ANN401
        """Make a scheduled action, or change it."""
        ...


class Lambda(Protocol):
    """The call of boto3's Lambda client that this provider makes."""

    def get_alias(self, *, FunctionName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        """Version and weights of an alias."""
        ...


class S3(Protocol):
    """The calls of boto3's S3 client that this provider makes, and no others."""

    def head_object(self, *, Bucket: str, Key: str, ChecksumMode: str) -> dict[str, Any]:  # noqa: N803
        """Version, entity tag and checksum of an object."""
        ...

    def get_paginator(self, operation_name: str) -> Any:  # noqa: ANN401 - botocore has no types
        """Page by page, what a call lists."""
        ...


class CodeDeploy(Protocol):
    """The calls of boto3's CodeDeploy client that this provider makes, and no others."""

    def create_deployment(
        self,
        *,
        applicationName: str,  # noqa: N803
        deploymentGroupName: str,  # noqa: N803
        revision: dict[str, Any],
        description: str,
    ) -> dict[str, Any]:
        """Begin to move an alias as the group says; answers the deployment's id."""
        ...

    def get_deployment(self, *, deploymentId: str) -> dict[str, Any]:  # noqa: N803
        """Status, revision, errors and rollback of a deployment."""
        ...

    def list_deployments(
        self,
        *,
        applicationName: str,  # noqa: N803
        deploymentGroupName: str,  # noqa: N803
        includeOnlyStatuses: list[str],  # noqa: N803
        nextToken: str = ...,  # noqa: N803
    ) -> dict[str, Any]:
        """Ids of the group's deployments in these statuses."""
        ...


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """The provider's configuration: what is empty is left to the AWS environment."""

    region: str | None = None
    profile: str | None = None
    allowed_account_ids: tuple[str, ...] = ()


class Aws:
    """Clients by region. Safe from several threads."""

    def __init__(self, settings: AwsSettings) -> None:
        self._settings = settings
        self._clients: dict[tuple[str, str | None], object] = {}
        self._lock = threading.Lock()

    def sagemaker(self, region: str | None = None) -> SageMaker:
        """A client for the region: the resource's, else the provider's, else the environment's.

        Raises `ProviderError` when no region or credential is set, or the account is not one of
        the allowed ones.
        """
        return cast(SageMaker, self._client("sagemaker", region))

    def cloudwatch(self, region: str | None = None) -> CloudWatch:
        """As `sagemaker`."""
        return cast(CloudWatch, self._client("cloudwatch", region))

    def autoscaling(self, region: str | None = None) -> AutoScaling:
        """As `sagemaker`."""
        return cast(AutoScaling, self._client("application-autoscaling", region))

    def lambda_(self, region: str | None = None) -> Lambda:
        """As `sagemaker`."""
        return cast(Lambda, self._client("lambda", region))

    def s3(self, region: str | None = None) -> S3:
        """As `sagemaker`."""
        return cast(S3, self._client("s3", region))

    def codedeploy(self, region: str | None = None) -> CodeDeploy:
        """As `sagemaker`."""
        return cast(CodeDeploy, self._client("codedeploy", region))

    def _client(self, service: str, region: str | None) -> object:
        # boto3 itself reads AWS_DEFAULT_REGION and the profile, but not AWS_REGION, which AWS's
        # other SDKs and its Lambda and CodeBuild environments set.
        wanted = region or self._settings.region or os.environ.get("AWS_REGION") or None
        with self._lock:
            if (service, wanted) not in self._clients:
                self._clients[service, wanted] = self._connect(service, wanted)
            return self._clients[service, wanted]

    def _connect(self, service: str, region: str | None) -> object:
        # Late: see the module's docstring. None of them has type stubs.
        import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
            BotoCoreError,
            ClientError,
        )

        # Standard mode retries throttling, 5xx and time-outs with backoff and jitter:
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/retries.html
        config = Config(
            retries={"mode": "standard", "max_attempts": 6},
            connect_timeout=5,
            read_timeout=60,
            user_agent_extra="model-serving",
        )
        try:
            session = cast(
                Any, boto3.Session(profile_name=self._settings.profile, region_name=region)
            )
            if not session.region_name:
                raise ProviderError(
                    "region: got none; set `region` on the resource or on the `serving` provider, "
                    "or AWS_REGION"
                )
            client = session.client(service, config=config)
            if self._settings.allowed_account_ids:
                account = str(session.client("sts", config=config).get_caller_identity()["Account"])
                self._check_account(account)
        except (BotoCoreError, ClientError) as error:
            raise ProviderError(one_line(error)) from error
        return client

    def _check_account(self, account: str) -> None:
        allowed = self._settings.allowed_account_ids
        if account not in allowed:
            raise ProviderError(
                f"allowedAccountIds: these credentials are for account {account}; allowed: "
                f"{', '.join(allowed)}. Log in to an allowed account"
            )
