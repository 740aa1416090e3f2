"""Lambda behind an HTTP API, and SageMaker's endpoints: signed by the caller's AWS credentials."""

import base64
import json
import re
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.invoking.call import Answer, Asked, Live
from delivery.invoking.http import post

__all__ = ["call_lambda", "call_sagemaker"]

_ROUTE: Final = "aws:apigatewayv2/route:Route"
_FUNCTION: Final = "aws:lambda/function:Function"
_MODEL: Final = "aws:sagemaker/model:Model"
_REGION: Final = re.compile(r"\.(?:execute-api|lambda-url|sagemaker)\.(?P<region>[a-z0-9-]+)\.")
_LOGIN: Final = (
    "log in (`aws sso login`), or set AWS_PROFILE; the caller also needs what the output "
    "`invoke_policy` grants"
)


def call_lambda(live: Live, asked: Asked) -> Answer:
    """By the HTTP API; the candidate alone by Lambda's Invoke, as the API deals requests out."""
    if asked.candidate:
        return _by_version(live, asked)
    url = live.url
    kinds = {
        str(cast("Mapping[str, Any]", route.get("inputs") or {}).get("authorizationType"))
        for route in live.parts(_ROUTE)
    }
    if "JWT" in kinds:
        if not asked.token:
            raise Failure(
                f"{live.name} takes callers with a token of its issuer (JWT)\n"
                "  fix: give one by --token, or in MODEL_SERVING_TOKEN",
                Exit.AUTHENTICATION,
            )
        return post(asked, url, {"Authorization": f"Bearer {asked.token}"})
    return post(asked, url, _signed(live, asked, url))


def _signed(live: Live, asked: Asked, url: str) -> dict[str, str]:
    """The headers of a request that is signed for its own host, wherever it is sent."""
    from botocore.auth import SigV4Auth  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.awsrequest import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        AWSRequest,
    )

    service = "lambda" if ".lambda-url." in url else "execute-api"
    headers = {"Content-Type": asked.body.content_type, "Host": urllib.parse.urlsplit(url).netloc}
    request: Any = AWSRequest("POST", url, data=asked.body.content, headers=headers)
    signer: Any = SigV4Auth(_credentials(), service, _region(live))
    signer.add_auth(request)
    return {str(name): str(value) for name, value in request.headers.items()}


def _credentials() -> Any:  # noqa: ANN401 - botocore has no types
    import botocore.session  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
    )

    library: Any = botocore.session
    session = library.get_session()
    try:
        found = session.get_credentials()
        frozen = found.get_frozen_credentials() if found is not None else None
    except BotoCoreError as error:
        raise Failure(f"AWS: {error}\n  fix: {_LOGIN}", Exit.AUTHENTICATION) from None
    if frozen is None:
        raise Failure(f"there are no AWS credentials\n  fix: {_LOGIN}", Exit.AUTHENTICATION)
    return frozen


def _region(live: Live) -> str:
    """Of what is deployed, which need not be the caller's own."""
    found = _REGION.search(f"{live.deployed.url} ")
    if found is not None:
        return found["region"]
    # A host of its own: the right to call it names the region.
    arn = re.search(r"arn:[^:]+:[^:]+:(?P<region>[a-z0-9-]+):", live.output("invoke_policy"))
    if arn is None:
        raise Failure(
            f"{live.name}: the region of {live.deployed.url} is not told by the state", Exit.ERROR
        )
    return arn["region"]


def _by_version(live: Live, asked: Asked) -> Answer:
    live.needs_candidate()
    numbers = [
        str(cast("Mapping[str, Any]", each.get("outputs") or {}).get("version") or "")
        for each in live.parts(_FUNCTION)
    ]
    event = {
        "version": "2.0",
        "routeKey": "POST /predict",
        "rawPath": "/predict",
        "headers": {"content-type": asked.body.content_type},
        "requestContext": {"http": {"method": "POST", "path": "/predict"}},
        **_in_event(asked.body.content),
    }
    client = _client("lambda", _region(live), asked)
    begun = time.monotonic()
    answer = _asked_of(
        lambda: client.invoke(
            FunctionName=live.deployed.endpoint_name,
            # With a candidate the newest version is the candidate's.
            Qualifier=numbers[0] if numbers else "",
            Payload=json.dumps(event).encode(),
        ),
        "Payload",
        asked,
    )
    seconds = time.monotonic() - begun
    if isinstance(answer, Answer):
        return answer
    payload: bytes = answer["Payload"]
    variant = f"version {answer.get('ExecutedVersion', '?')}"
    if answer.get("FunctionError"):
        # What an HTTP API would say of it.
        return Answer(502, payload, {}, seconds, variant)
    try:
        document = json.loads(payload)
        status, body = int(document["statusCode"]), str(document.get("body") or "").encode()
    except (ValueError, KeyError, TypeError):
        return Answer(200, payload, {}, seconds, variant)
    return Answer(status, body, {}, seconds, variant)


def _in_event(content: bytes) -> dict[str, Any]:
    """A body as HTTP APIs give it: what is no text in base64."""
    try:
        return {"body": content.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}


def call_sagemaker(live: Live, asked: Asked) -> Answer:
    """By InvokeEndpoint, which says the variant that answered."""
    given: dict[str, Any] = {
        "EndpointName": live.deployed.endpoint_name,
        "Body": asked.body.content,
        "ContentType": asked.body.content_type,
    }
    if component := live.output("component_name"):
        given["InferenceComponentName"] = component
    if asked.candidate:
        live.needs_candidate()
        given["TargetVariant"] = "candidate"
    if asked.target_model:
        given["TargetModel"] = asked.target_model
    elif any(_holds_many(each) for each in live.parts(_MODEL)):
        raise Failure(
            f"{live.name} serves many models of one folder; a request says which\n"
            "  fix: name its archive by --target-model, such as model-a.tar.gz"
        )
    client = _client("sagemaker-runtime", _region(live), asked)
    begun = time.monotonic()
    answer = _asked_of(lambda: client.invoke_endpoint(**given), "Body", asked)
    seconds = time.monotonic() - begun
    if isinstance(answer, Answer):
        return answer
    variant = str(answer.get("InvokedProductionVariant") or "")
    headers = {"content-type": str(answer.get("ContentType") or "")}
    body: bytes = answer["Body"]
    return Answer(200, body, headers, seconds, variant, live.version_of(variant))


def _holds_many(model: Mapping[str, Any]) -> bool:
    inputs = cast("Mapping[str, Any]", model.get("inputs") or {})
    container = cast("Mapping[str, Any]", inputs.get("primaryContainer") or {})
    return container.get("mode") == "MultiModel"


def _client(service: str, region: str, asked: Asked) -> Any:  # noqa: ANN401 - boto3 has no types
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]

    if asked.via:
        raise Failure(
            "--via: SageMaker, and one version of a function, are asked by AWS's own client\n"
            f"  fix: AWS_ENDPOINT_URL={asked.via} says to it where that is"
        )
    _credentials()
    # Once: what it took is told, and a model that fails is not asked again in silence.
    config: Any = Config(
        read_timeout=asked.timeout_seconds,
        connect_timeout=min(10.0, asked.timeout_seconds),
        retries={"total_max_attempts": 1},
    )
    make: Any = boto3.client  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return make(service, region_name=region, config=config)


def _asked_of(call: Any, body: str, asked: Asked) -> Any:  # noqa: ANN401 - boto3 has no types
    """What a call of boto3 gives, its `body` read; a refusal by the service is an answer too."""
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
        ReadTimeoutError,
    )

    begun = time.monotonic()
    try:
        answer = call()
        return {**answer, body: answer[body].read()}
    except ClientError as error:
        said: Any = error.response
        status = int(said.get("ResponseMetadata", {}).get("HTTPStatusCode") or 500)
        if said["Error"].get("Code") == "ThrottlingException":
            # SageMaker says 400 of it.
            status = 429
        # The model's own refusal, where SageMaker passes one on; 0 of a container that was silent.
        status = int(said.get("OriginalStatusCode") or status)
        message = str(said.get("OriginalMessage") or said["Error"].get("Message") or error)
        return Answer(status, message.encode(), {}, time.monotonic() - begun)
    except ReadTimeoutError:
        raise Failure(
            f"no answer within {asked.timeout_seconds:g} s\n  fix: give it longer by --timeout",
            Exit.TIMEOUT,
        ) from None
    except BotoCoreError as error:
        raise Failure(f"AWS: {error}", Exit.ERROR) from None
