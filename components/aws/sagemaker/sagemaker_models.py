"""SageMaker models: one container or several, and where each has its artifact from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_aws as aws

__all__ = ["Container", "is_archive", "model"]

_ARCHIVES: Final = (".tar.gz", ".tgz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a model. What is not given is not emitted."""

    image: pulumi.Input[str] | None
    """Image in Amazon ECR; None where a model package brings it."""
    uri: pulumi.Input[str] | None = None
    """S3 URI: a `.tar.gz`, another object, or with `/` at its end all below it."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    hostname: str | None = None
    """The name by which requests and logs know one of several containers."""
    many_models: bool = False
    """Whether `uri` is the prefix below which models are loaded as they are asked for."""
    model_cache: bool = True
    """Whether a container with many models keeps them in memory."""
    package_arn: pulumi.Input[str] | None = None
    """Version of a model package, in place of image and artifact."""


def is_archive(uri: pulumi.Input[str]) -> bool:
    """Whether a URI is taken as one `.tar.gz`: what is not known yet is."""
    return not isinstance(uri, str) or uri.endswith(_ARCHIVES)


def model(
    resource_name: str,
    containers: Sequence[Container],
    *,
    role_arn: pulumi.Input[str],
    vpc: aws.sagemaker.ModelVpcConfigArgs | None,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    call: str = "serial",
    isolated: bool | None = None,
) -> aws.sagemaker.Model:
    """A model of these containers, `isolated` from every network unless it is in a VPC.

    An isolated one can be in a VPC too: then only SageMaker's own downloads go through it.
    https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
    Several containers answer in turn (`serial`), or the one that the request names (`direct`).
    `opts` has to depend on the role's policy: SageMaker loads the artifact by the role at once.
    """
    if len(containers) == 1:
        shape: dict[str, Any] = {
            "primary_container": aws.sagemaker.ModelPrimaryContainerArgs(**_container(*containers))
        }
    else:
        shape = {
            "containers": [
                aws.sagemaker.ModelContainerArgs(**_container(each)) for each in containers
            ],
            "inference_execution_config": {"mode": call.capitalize()},
        }
    return aws.sagemaker.Model(
        resource_name,
        execution_role_arn=role_arn,
        enable_network_isolation=vpc is None if isolated is None else isolated,
        vpc_config=vpc,
        tags=dict(tags),
        opts=opts,
        **shape,
    )


def _container(asked: Container) -> dict[str, Any]:
    found: dict[str, Any] = {"image": asked.image, "model_package_name": asked.package_arn}
    if asked.many_models:
        cache = "Enabled" if asked.model_cache else "Disabled"
        found |= {
            "mode": "MultiModel",
            "model_data_url": asked.uri,
            "multi_model_config": {"model_cache_setting": cache},
        }
    elif asked.uri is not None:
        found |= _artifact(asked.uri)
    found |= {
        "environment": dict(asked.env) or None,
        "container_hostname": asked.hostname,
    }
    return {key: value for key, value in found.items() if value is not None}


def _artifact(uri: pulumi.Input[str]) -> dict[str, Any]:
    """An archive as ever; an object or a prefix as it is, which only `ModelDataSource` knows.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html
    """
    if is_archive(uri):
        return {"model_data_url": uri}
    kind = "S3Prefix" if str(uri).endswith("/") else "S3Object"
    source = {"s3_uri": uri, "s3_data_type": kind, "compression_type": "None"}
    return {"model_data_source": {"s3_data_sources": [source]}}
