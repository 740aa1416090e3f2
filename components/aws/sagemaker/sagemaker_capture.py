"""Requests and answers of a SageMaker endpoint that are kept in S3."""

import pulumi
import pulumi_aws as aws

from components.managed import Capturing

__all__ = ["capture_config"]


def capture_config(
    capturing: Capturing | None, key_arn: pulumi.Input[str] | None
) -> aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs | None:
    """What the endpoint configuration says of it; None where nothing is captured.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html
    """
    if capturing is None:
        return None
    modes = [("Input", capturing.request), ("Output", capturing.response)]
    return aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
        enable_capture=True,
        initial_sampling_percentage=capturing.percent,
        destination_s3_uri=capturing.uri,
        capture_options=[
            aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
            for mode, wanted in modes
            if wanted
        ],
        kms_key_id=key_arn,
    )
