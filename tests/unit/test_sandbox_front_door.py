"""The sandbox's front door: HTTP APIs, function URLs and Lambda's Invoke, answered by functions."""

import base64
import datetime as dt
import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    ClientError,
    ConnectionClosedError,
)

from sandbox.bootstrap import Engine
from sandbox.environment import variables
from sandbox.serving.keys import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from sandbox.serving.packages import FUNCTION
from sandbox.store import Fault, FaultMode
from tests.unit.sandbox_api import code
from tests.unit.sandbox_functions import ACCOUNT, HOST, NAME, REGION, Estate, estate

ECHO = "def handler(event, context): return {'statusCode': 200, 'body': 'ok'}"
EVENT = """
    import json
    def handler(event, context):
        return {"statusCode": 201, "headers": {"X-Own": "1"}, "body": json.dumps(event)}
    """


def says(word: str) -> str:
    return f"def handler(event, context): return {{'version': '{word}'}}"


@pytest.fixture
def door(tmp_path: Path) -> Generator[Estate]:
    with estate(tmp_path) as made:
        yield made


def deploy(door: Estate, handler: str = ECHO, **inputs: Any) -> None:  # noqa: ANN401
    door.function(handler, **inputs)
    door.alias()
    door.api()


def test_a_request_is_an_event_of_format_2_and_the_answer_a_response(door: Estate) -> None:
    deploy(door, EVENT)
    said = door.send({"instances": []}, path="/predict?a=1&a=2&b=", cookie="x=1; y=2")
    assert said.status == 201
    assert said.headers["x-own"] == "1"
    event = said.body
    context = event.pop("requestContext")
    assert event.pop("headers")["content-type"] == "application/json"
    assert event == {
        "version": "2.0",
        "routeKey": "POST /predict",
        "rawPath": "/predict",
        "rawQueryString": "a=1&a=2&b=",
        "cookies": ["x=1", "y=2"],
        "queryStringParameters": {"a": "1,2", "b": ""},
        "body": '{"instances": []}',
        "isBase64Encoded": False,
    }
    assert context["http"]["method"] == "POST"
    assert context["domainName"] == HOST
    iam = context["authorizer"]["iam"]
    assert (iam["accessKey"], iam["accountId"]) == ("sandbox", ACCOUNT)
    assert context["requestId"] == said.headers["apigw-requestid"]


def test_bodies_that_are_no_text_pass_in_base64(door: Estate) -> None:
    deploy(door, EVENT)
    event = door.send(b"\xff\x00", content_type="application/octet-stream").body
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff\x00")


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        ("{'statusCode': 418, 'body': 'teapot'}", 418, "teapot"),
        ("{'any': 'thing'}", 200, {"any": "thing"}),
        ("'text'", 200, "text"),
        ("{'statusCode': 200, 'isBase64Encoded': True, 'body': 'aGk='}", 200, "hi"),
        ("{'statusCode': 'x'}", 502, {"message": "Internal Server Error"}),
        (
            "{'statusCode': 200, 'isBase64Encoded': True, 'body': '?'}",
            502,
            {"message": "Internal Server Error"},
        ),
        ("1 / 0", 502, {"message": "Internal Server Error"}),
    ],
)
def test_what_functions_answer(door: Estate, answer: str, status: int, body: object) -> None:
    deploy(door, f"def handler(event, context): return {answer}")
    said = door.send()
    assert (said.status, said.body) == (status, body)


def test_a_start_that_fails_is_a_bad_gateway_and_its_log_says_why(door: Estate) -> None:
    deploy(door, "import nope")
    assert door.send().status == 502
    log = (door.folder / "logs/aws/lambda" / f"{NAME}.log").read_text()
    assert "No module named 'nope'" in log


def test_a_function_over_its_time_is_a_bad_gateway(door: Estate) -> None:
    deploy(door, "import time\ndef handler(e, c): time.sleep(30)", timeout=1)
    assert door.send().status == 502


def test_a_function_over_the_integrations_time_is_unavailable(door: Estate) -> None:
    deploy(door, "import time\ndef handler(e, c): time.sleep(0.2)")
    door.api(integration={"timeoutMilliseconds": 50})
    assert door.send().status == 503


# ---- who may ----


@pytest.mark.parametrize(
    "how",
    [
        {"signed": False},
        {"key": "somebody"},
        {"secret": "wrong"},
        {"service": "lambda"},
        {"signed": False, "authorization": "Bearer x"},
    ],
)
def test_callers_who_do_not_sign_with_a_known_key_are_forbidden(
    door: Estate, how: dict[str, Any]
) -> None:
    deploy(door)
    said = door.send(**how)
    assert (said.status, said.body) == (403, {"message": "Forbidden"})


def test_a_signature_of_long_ago_does_not_count(
    door: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(door)
    monkeypatch.setattr("sandbox.serving.signatures._SKEW", dt.timedelta(minutes=-1))
    assert door.send().status == 403


def token(**claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


GOOD = {"iss": "https://issuer.example.com", "aud": "iris", "exp": 4_000_000_000}


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        (GOOD, 200),
        ({**GOOD, "aud": ["other", "iris"]}, 200),
        ({**GOOD, "aud": "other"}, 401),
        ({**GOOD, "iss": "https://elsewhere.example.com"}, 401),
        ({**GOOD, "exp": 1}, 401),
        ({**GOOD, "nbf": 4_000_000_000}, 401),
        (None, 401),
    ],
)
def test_tokens(door: Estate, claims: dict[str, object] | None, status: int) -> None:
    deploy(door)
    door.put(
        "aws:apigatewayv2/authorizer:Authorizer",
        "jwt",
        {"jwtConfiguration": {"issuer": GOOD["iss"], "audiences": ["iris"]}},
    )
    door.api(route={"authorizationType": "JWT", "authorizerId": "jwt"})
    headers = {} if claims is None else {"authorization": f"Bearer {token(**claims)}"}
    assert door.send(signed=False, **headers).status == status


def test_the_function_lets_the_api_call_it(door: Estate) -> None:
    deploy(door)
    for permission in (
        {"qualifier": "other"},
        {"function": "other"},
        {"sourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:another/*"},
    ):
        door.api(permission=permission)
        assert door.send().status == 500


# ---- where to, and how often ----


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"path": "/other"}, 404),
        ({"method": "PUT"}, 404),
        ({"host": f"unknown000.execute-api.{REGION}.amazonaws.com"}, 404),
        ({"host": "models.example.com"}, 501),
    ],
)
def test_what_no_route_leads_to(door: Estate, how: dict[str, Any], status: int) -> None:
    deploy(door)
    assert door.send(**how).status == status


@pytest.mark.parametrize(
    ("key", "path", "status"),
    [
        ("ANY /predict", "/predict", 200),
        ("POST /models/{name}", "/models/iris", 200),
        ("POST /models/{name}", "/models/iris/more", 404),
        ("POST /{rest+}", "/models/iris/more", 200),
        ("$default", "/anything", 200),
    ],
)
def test_routes(door: Estate, key: str, path: str, status: int) -> None:
    deploy(door)
    door.api(route={"routeKey": key}, permission={"sourceArn": "*"})
    assert door.send(path=path).status == status


def test_requests_above_rate_and_burst_are_too_many(door: Estate) -> None:
    deploy(door)
    slow = {"throttlingRateLimit": 0.001, "throttlingBurstLimit": 2}
    door.api(stage={"defaultRouteSettings": slow})
    assert [door.send().status for _ in range(3)] == [200, 200, 429]


def test_a_function_without_room_is_an_internal_error(door: Estate) -> None:
    deploy(door, reservedConcurrentExecutions=0)
    assert door.send().status == 500


def test_a_domain_leads_to_its_api(door: Estate) -> None:
    deploy(door)
    kind = "aws:apigatewayv2/"
    door.put(f"{kind}domainName:DomainName", "iris.example.com", {})
    mapping = {"apiId": "abcdefghij", "domainName": "iris.example.com", "stage": "$default"}
    door.put(f"{kind}apiMapping:ApiMapping", "mapping", mapping)
    assert door.send(host="iris.example.com").status == 200


@pytest.mark.parametrize(
    ("kind", "how", "status"),
    [
        ("AWS_IAM", {"service": "lambda"}, 200),
        ("AWS_IAM", {"signed": False}, 403),
        ("NONE", {"signed": False}, 200),
    ],
)
def test_function_urls(door: Estate, kind: str, how: dict[str, Any], status: int) -> None:
    deploy(door)
    host = f"abc123.lambda-url.{REGION}.on.aws"
    inputs = {"functionName": NAME, "qualifier": "live", "authorizationType": kind}
    token_ = "aws:lambda/functionUrl:FunctionUrl"
    door.put(token_, f"{NAME}/live", inputs, functionUrl=f"https://{host}/")
    assert door.send(host=host, path="/any", **how).status == status


# ---- versions ----


@pytest.mark.parametrize(
    ("weight", "expected"),
    [(0.0, "1111"), (0.25, "1112"), (0.5, "1212"), (1.0, "2222")],
)
def test_an_alias_deals_requests_out_in_turn(door: Estate, weight: float, expected: str) -> None:
    door.function(says("1"))
    door.function(says("2"), version="2")
    door.alias(weights={"2": weight} if weight else None)
    door.api()
    assert "".join(door.send().body["version"] for _ in range(4)) == expected


def test_a_version_keeps_its_code_and_its_configuration(door: Estate) -> None:
    text = """
        import os
        def handler(event, context): return {"word": os.environ["WORD"]}
        """
    door.function(text, environment={"variables": {"WORD": "one"}})
    door.function(text, version="2", environment={"variables": {"WORD": "two"}})
    lambda_ = door.client("lambda")
    for version, word in (("1", "one"), ("2", "two"), ("$LATEST", "two")):
        answer = lambda_.invoke(FunctionName=NAME, Qualifier=version)
        assert json.loads(answer["Payload"].read()) == {"word": word}
        assert answer["ExecutedVersion"] == version


def test_a_version_without_its_snapshot_answers_nothing(door: Estate) -> None:
    """An alias leads there all the same, as it does on Lambda; the other version answers."""
    door.function(says("1"))
    door.function(says("2"), version="2")
    door.alias(version="2")
    door.api()
    (row,) = door.store.list("aws", FUNCTION)
    making = {"2": {"since": time.time(), "seconds": 3600, "failure": ""}}
    door.store.update(
        "aws", FUNCTION, row.id, lambda now: now.replace(live={**now.live, "making": making})
    )
    lambda_ = door.client("lambda")
    for qualifier in ("2", "live"):
        with pytest.raises(ClientError, match="currently in the following state: Pending"):
            lambda_.invoke(FunctionName=NAME, Qualifier=qualifier)
    assert door.send().status == 500
    assert lambda_.invoke(FunctionName=NAME, Qualifier="1")["StatusCode"] == 200


# ---- Lambda's own API ----


def test_invoke_says_what_went_wrong_and_the_end_of_the_log(door: Estate) -> None:
    deploy(door, "def handler(event, context): raise ValueError(event['word'])")
    answer = door.client("lambda").invoke(
        FunctionName=NAME, Qualifier="live", Payload=b'{"word": "no"}', LogType="Tail"
    )
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    said = json.loads(answer["Payload"].read())
    assert (said["errorType"], said["errorMessage"]) == ("ValueError", "no")
    assert "REPORT RequestId:" in base64.b64decode(answer["LogResult"]).decode()


def test_what_lambda_refuses(door: Estate) -> None:
    deploy(door)
    lambda_ = door.client("lambda")
    for asked, word in (
        ({"FunctionName": "nobody"}, "ResourceNotFoundException"),
        ({"FunctionName": NAME, "Qualifier": "9"}, "ResourceNotFoundException"),
        ({"FunctionName": NAME, "Payload": b"{"}, "InvalidRequestContentException"),
    ):
        with pytest.raises(ClientError) as refused:
            lambda_.invoke(**asked)
        assert code(refused) == word
    assert lambda_.invoke(FunctionName=NAME, InvocationType="DryRun")["StatusCode"] == 204
    door.store.add_fault(Fault("aws:lambda/function:Function", "Invoke", "throttle"))
    with pytest.raises(ClientError) as refused:
        lambda_.invoke(FunctionName=NAME)
    assert code(refused) == "TooManyRequestsException"
    lost: dict[FaultMode, int] = {"die_before": 0, "die": 1}
    for mode, runs in lost.items():
        before = len(door.store.events(operation="lambda:Invoke"))
        door.store.add_fault(Fault("aws:lambda/function:Function", "Invoke", mode))
        with pytest.raises(ConnectionClosedError):
            lambda_.invoke(FunctionName=NAME)
        events = door.store.events(operation="lambda:Invoke")[before:]
        assert [each.outcome for each in events] == [mode, *["ok"] * runs]


def test_what_fails_asynchronously_is_repeated_and_then_a_dead_letter(door: Estate) -> None:
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"
    deploy(door, "def handler(event, context): raise ValueError")
    inputs = {
        "functionName": NAME,
        "qualifier": "live",
        "maximumRetryAttempts": 1,
        "destinationConfig": {"onFailure": {"destination": queue}},
    }
    token_ = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    door.put(token_, f"{NAME}:live", inputs)
    answer = door.client("lambda").invoke(
        FunctionName=NAME, Qualifier="live", InvocationType="Event", Payload=b"{}"
    )
    assert answer["StatusCode"] == 202
    deadline = time.monotonic() + 20
    while not (dead := door.store.events(operation="lambda:DeadLetter")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert f"after 2 attempts, to {queue}" in dead[0].detail
    assert len(door.store.events(operation="lambda:Invoke")) == 2


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"packageType": "Image", "imageUri": "x", "code": None}, "is an image"),
        ({"runtime": "nodejs22.x"}, "runs on nodejs22.x"),
        ({"code": None, "s3Bucket": "b"}, "is not on this machine"),
    ],
)
def test_what_cannot_be_run_here_is_said(door: Estate, inputs: dict[str, Any], reason: str) -> None:
    deploy(door, **inputs)
    said = door.send()
    assert said.status == 501
    assert reason in said.body["message"]


def test_the_access_log_has_a_line_of_each_request(door: Estate) -> None:
    deploy(door)
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vendedlogs/iris"
    form = json.dumps({"status": "$context.status", "route": "$context.routeKey"})
    door.api(stage={"accessLogSettings": {"destinationArn": group, "format": form}})
    door.send()
    (line,) = (door.folder / "logs/aws/vendedlogs/iris.log").read_text().splitlines()
    assert json.loads(line) == {"status": "200", "route": "POST /predict"}


def test_commands_in_the_sandbox_are_led_to_it(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "pulumi", "3.0.0", "path", ())
    given = {"MODEL_SERVING_INVOKE_VIA": "http://elsewhere.example.com"}
    found = variables(tmp_path, engine, inherited=given, endpoint="http://127.0.0.1:1")
    assert found["MODEL_SERVING_INVOKE_VIA"] == "http://127.0.0.1:1"
    assert found["AWS_ACCESS_KEY_ID"] == ACCESS_KEY_ID
    assert found["AWS_SECRET_ACCESS_KEY"] == SECRET_ACCESS_KEY


def test_stand_ins_get_nobodys_own_credential(tmp_path: Path) -> None:
    """Neither of the files of container tools and the Hub, nor of programs that these name."""
    engine = Engine(tmp_path / "pulumi", "3.0.0", "path", ())
    given = {
        "DOCKER_CONFIG": "/elsewhere",
        "HF_TOKEN": "hf_mine",
        "HF_TOKEN_PATH": "/elsewhere/token",
        "REGISTRY_AUTH_FILE": "/elsewhere/auth.json",
    }
    for inherited in ({}, given):
        found = variables(tmp_path, engine, inherited=inherited)
        assert Path(found["DOCKER_CONFIG"]).is_relative_to(tmp_path)
        assert Path(found["HF_TOKEN_PATH"]).is_relative_to(tmp_path)
        assert not found.keys() & {"HF_TOKEN", "REGISTRY_AUTH_FILE"}


def test_sagemakers_endpoints_do_not_answer(door: Estate) -> None:
    with pytest.raises(ClientError, match="Not served in the sandbox"):
        door.client("sagemaker-runtime").invoke_endpoint(EndpointName="fraud", Body=b"1")
