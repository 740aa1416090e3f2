"""The event that the sandbox makes of a request is the one of AWS's published samples."""

from typing import Any

import pytest

from sandbox.api.http import Request
from sandbox.serving.events import Arrival, event
from tests.unit.aws_events import sample

# What depends on the moment and on the way that the request came.
_OWN = {"time", "timeEpoch", "sourceIp", "authentication", "protocol"}


@pytest.mark.parametrize("kind", ["iam", "jwt-authorizer", "no-authorizer"])
def test_the_event_of_a_samples_request_is_the_sample(kind: str) -> None:
    expected = sample(f"apigw-v2-request-{kind}.json")
    context, http = expected["requestContext"], expected["requestContext"]["http"]
    headers = {name.lower(): str(value) for name, value in expected["headers"].items()}
    request = Request(
        method=http["method"],
        path=f"{http['path']}?{expected['rawQueryString']}",
        headers={
            **headers,
            **({"cookie": "; ".join(expected["cookies"])} if "cookies" in expected else {}),
            "content-type": "application/json",
            "user-agent": http["userAgent"],
        },
        body=expected.get("body", "").encode(),
    )
    arrival = Arrival(
        account=context["accountId"],
        api=context["apiId"],
        domain=context["domainName"],
        route=expected["routeKey"],
        stage=context["stage"],
        request_id=context["requestId"],
        path=http["path"],
        authorizer=context.get("authorizer", {}),
        path_parameters=expected.get("pathParameters", {}),
        stage_variables=expected.get("stageVariables", {}),
    )
    made = event(request, arrival)
    sent = {name: value for name, value in headers.items() if not name.startswith("x-forwarded-")}
    assert sent.items() <= made.pop("headers").items()
    expected.pop("headers")
    assert without(made) == without(expected)


def without(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {k: without(v) for k, v in value.items() if k not in _OWN}  # pyright: ignore[reportUnknownVariableType]
    return value
