"""What a program learns of a model on a SageMaker endpoint: where requests go, and its latency."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from facts.cloudwatch_namespaces import SAGEMAKER

__all__ = ["invoke_url", "latency_metric"]


def invoke_url(
    endpoint_name: pulumi.Input[str],
    lookup: pulumi.InvokeOptions,
    *,
    operation: str = "invocations",
) -> pulumi.Output[str]:
    """Where requests go; those to an inference component name it in a header.

    `X-Amzn-SageMaker-Inference-Component`:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
    """
    return pulumi.Output.concat(
        "https://runtime.sagemaker.",
        aws.get_region_output(opts=lookup).region,
        ".amazonaws.com/endpoints/",
        endpoint_name,
        f"/{operation}",
    )


def latency_metric(of: Mapping[str, str]) -> pulumi.Output[dict[str, str]]:
    """The metric of the SLO; `of` names the variant, or the inference component."""
    return pulumi.Output.from_input(
        {
            "source": "cloudwatch",
            "namespace": SAGEMAKER,
            "metric": "ModelLatency",
            "statistic": "p95",
            "unit": "us",
            **of,
        }
    )
