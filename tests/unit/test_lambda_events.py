"""AWS's own sample events, through the Lambda handler."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest

from runtime import lambda_handler
from runtime.lambda_handler import RequestError
from tests.unit.aws_events import sample, samples
from tests.unit.started_model import model

__all__ = ["model"]

GOOD = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]]})
CONTEXT = SimpleNamespace(aws_request_id="request-1")
# By the ways to call the function over HTTP that AWS has.
HTTP = {
    "apigw-v2-request-iam.json": "API Gateway 2.0, IAM",
    "apigw-v2-request-jwt-authorizer.json": "API Gateway 2.0, JWT",
    "apigw-v2-request-lambda-authorizer.json": "API Gateway 2.0, Lambda authoriser",
    "apigw-v2-request-no-authorizer.json": "API Gateway 2.0",
    "apigw-request.json": "API Gateway 1.0",
    "apigw-restapi-openapi-request.json": "API Gateway 1.0 of an OpenAPI document",
    "alb-lambda-target-request-headers-only.json": "ALB",
    "alb-lambda-target-request-multivalue-headers.json": "ALB with multi-value headers",
    "lambda-urls-request.json": "function URL",
}


def posted(event: dict[str, Any], body: str, *, encoded: bool) -> dict[str, Any]:
    """A sample with another method and body, and all else as AWS sends it."""
    made = json.loads(json.dumps(event))
    if "http" in made["requestContext"]:
        made["requestContext"]["http"]["method"] = "POST"
    else:
        made["httpMethod"] = "POST"
    made["body"] = base64.b64encode(body.encode()).decode() if encoded else body
    made["isBase64Encoded"] = encoded
    return made


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("name", HTTP, ids=HTTP.values())
def test_a_request_of_each_kind_is_answered(name: str, *, encoded: bool) -> None:
    event = posted(sample(name), GOOD, encoded=encoded)
    answer = lambda_handler.handler(event, CONTEXT)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["predictions"][0]["label"] == "setosa"
    assert answer["isBase64Encoded"] is False
    multi = "multivalue" in name
    assert answer.get("multiValueHeaders") == (
        {"content-type": ["application/json"]} if multi else None
    )


@pytest.mark.parametrize("name", HTTP, ids=HTTP.values())
def test_a_sample_as_it_is_is_refused(name: str) -> None:
    """Their bodies are no rows, and some have the method GET."""
    answer = lambda_handler.handler(sample(name), CONTEXT)
    assert answer["statusCode"] in {400, 405}


def test_no_sample_of_any_service_is_a_fault() -> None:
    """What is no HTTP request raises the one error by which Lambda tries again."""
    kinds = {"answered": 0, "raised": 0}
    for name, event in samples().items():
        try:
            status = lambda_handler.handler(event, CONTEXT)["statusCode"]
            kinds["answered"] += 1
        except RequestError as error:
            status = int(str(error)[:3])
            kinds["raised"] += 1
        assert 400 <= status < 500, name
    assert kinds["answered"] >= len(HTTP)
    assert kinds["raised"] > 50
