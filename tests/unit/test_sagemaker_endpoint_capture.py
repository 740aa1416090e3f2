"""Requests and answers that a SageMaker endpoint captures."""

from typing import Any

import pytest

from tests.unit.sagemaker_endpoints import CAPTURE, made, refused, statements


def test_capture() -> None:
    recorded = made(capture_key_arn="arn:aws:kms:captured", **CAPTURE)
    assert recorded.inputs["fraud-configuration"]["dataCaptureConfig"] == {
        "enableCapture": True,
        "initialSamplingPercentage": 25,
        "destinationS3Uri": "s3://captured/fraud",
        "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
        "kmsKeyId": "arn:aws:kms:captured",
    }
    found = statements(recorded)
    assert found["WriteOutputs"]["Resource"] == [
        "arn:aws:s3:::captured/fraud",
        "arn:aws:s3:::captured/fraud/*",
    ]
    assert found["WriteOutputs"]["Action"] == [
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    ]
    assert found["UseKey"]["Resource"] == ["arn:aws:kms:captured"]


@pytest.mark.parametrize(("payload", "mode"), [("request", "Input"), ("response", "Output")])
def test_capture_of_one_side(payload: str, mode: str) -> None:
    configuration = made(capture_payload=[payload], **CAPTURE).inputs["fraud-configuration"]
    assert configuration["dataCaptureConfig"]["captureOptions"] == [{"captureMode": mode}]
    assert "kmsKeyId" not in configuration["dataCaptureConfig"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"capture_percent": 10}, "capture_uri: got None; use an S3 prefix"),
        (CAPTURE | {"capture_uri": "s3://"}, "capture_uri: got 's3://'"),
        (CAPTURE | {"capture_uri": f"s3://bucket/{'x' * 441}"}, "use an S3 prefix"),
        (CAPTURE | {"capture_percent": 101}, "capture_percent: got 101"),
        (CAPTURE | {"capture_percent": 0}, "capture_uri: got 's3://captured/fraud'; use it with"),
        (CAPTURE | {"capture_payload": ["headers"]}, "got 'headers'; use request or response"),
        (CAPTURE | {"capture_payload": list[str]()}, "capture_payload: got []"),
        ({"capture_payload": ["request"]}, "capture_payload: got ['request']; use it with"),
        ({"capture_key_arn": "arn"}, "capture_key_arn: got 'arn'; use it with capture_percent"),
    ],
)
def test_wrong_capture(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)
