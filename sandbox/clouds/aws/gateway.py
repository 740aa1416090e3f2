"""API Gateway v2: HTTP and WebSocket APIs; REST APIs of the first version."""

import dataclasses
import re
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.aws import pointing
from sandbox.clouds.aws.kind import Identity, Kind
from sandbox.clouds.aws.pointing import Pointer
from sandbox.clouds.aws.references import exists
from sandbox.clouds.base import Call, letters
from sandbox.values import mapped

__all__ = ["API", "KINDS"]

API = "aws:apigatewayv2/api:Api"
_ARN = "arn:aws:apigateway:{region}::/apis/"
_PART = "{input:apiId}/{id}"


def _endpoint(api: str, region: str, scheme: str = "https") -> str:
    return f"{scheme}://{api}.execute-api.{region}.amazonaws.com"


def _api_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    scheme = "wss" if call.inputs.get("protocolType") == "WEBSOCKET" else "https"
    return {
        "apiEndpoint": _endpoint(identity.id, identity.region, scheme),
        "executionArn": f"arn:aws:execute-api:{identity.region}:{identity.account}:{identity.id}",
    }


def _rest_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    kept = call.previous.outputs if call.previous else {}
    return {
        "executionArn": f"arn:aws:execute-api:{identity.region}:{identity.account}:{identity.id}",
        "rootResourceId": kept.get("rootResourceId") or letters(10),
    }


def _rest_stage_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    api = str(call.inputs.get("restApi", ""))
    execution = f"arn:aws:execute-api:{identity.region}:{identity.account}:{api}"
    return {
        "invokeUrl": f"{_endpoint(api, identity.region)}/{identity.name}",
        "executionArn": f"{execution}/{identity.name}",
    }


def _stage_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    api = str(call.inputs.get("apiId", ""))
    row = call.store.get("aws", API, api, account=identity.account, region=identity.region)
    scheme = "wss" if row and row.inputs.get("protocolType") == "WEBSOCKET" else "https"
    stage = "" if identity.name == "$default" else identity.name
    execution = f"arn:aws:execute-api:{identity.region}:{identity.account}:{api}"
    return {
        "invokeUrl": f"{_endpoint(api, identity.region, scheme)}/{stage}",
        "executionArn": f"{execution}/{identity.name}",
    }


def _on_api(call: Call) -> list[Problem]:
    return exists(call, "apiId", API, call.inputs.get("apiId"))


def _route_references(call: Call) -> list[Problem]:
    target = call.inputs.get("target")
    found = _on_api(call)
    if isinstance(target, str) and target.startswith("integrations/"):
        integration = target.removeprefix("integrations/")
        found += exists(call, "target", INTEGRATION, integration)
    return found


_FUNCTION = "aws:lambda/function:Function"
_INVOKED = re.compile(
    r"(?:arn:[^:]+:apigateway:.*/functions/)?(arn:[^:]+:lambda:.*?)(?:/invocations)?"
)


def _integration_doubts(call: Call) -> list[Problem]:
    match = _INVOKED.fullmatch(str(call.inputs.get("integrationUri") or ""))
    if match is None or call.inputs.get("integrationType") != "AWS_PROXY":
        return []
    pointer = Pointer("function", (_FUNCTION,), late=True)
    named = dataclasses.replace(call, inputs={"function": match[1]})
    missing = pointing.problems(named, (pointer,))
    return [Problem("integrationUri", problem.reason) for problem in missing]


def _domain_outputs(call: Call, identity: Identity) -> dict[str, Any]:
    """What a record of the domain's zone points to."""
    given = mapped(call.inputs.get("domainNameConfiguration"))
    before = mapped((call.previous.outputs if call.previous else {}).get("domainNameConfiguration"))
    host = f"d-{letters(10)}.execute-api.{identity.region}.amazonaws.com"
    made = {
        "targetDomainName": before.get("targetDomainName") or host,
        "hostedZoneId": "ZLY8HYME6SFDD",  # API Gateway's zone in eu-west-1.
    }
    return {"domainNameConfiguration": {**given, **made}}


INTEGRATION = "aws:apigatewayv2/integration:Integration"
KINDS = {
    API: Kind(arn=_ARN + "{id}", id="{letters10}", outputs=_api_outputs, parts=("apiId",)),
    "aws:apigatewayv2/stage:Stage": Kind(
        arn=_ARN + "{input:apiId}/stages/{name}",
        parent="{input:apiId}",
        import_id=_PART,
        references=_on_api,
        outputs=_stage_outputs,
    ),
    INTEGRATION: Kind(
        id="{letters7}",
        name="",
        import_id=_PART,
        references=_on_api,
        doubts=_integration_doubts,
    ),
    "aws:apigatewayv2/route:Route": Kind(
        id="{letters7}", name="", import_id=_PART, references=_route_references
    ),
    "aws:apigatewayv2/deployment:Deployment": Kind(
        id="{letters6}", name="", import_id=_PART, references=_on_api
    ),
    "aws:apigatewayv2/authorizer:Authorizer": Kind(
        id="{letters6}", import_id=_PART, references=_on_api
    ),
    "aws:apigateway/restApi:RestApi": Kind(
        arn="arn:aws:apigateway:{region}::/restapis/{id}", id="{letters10}", outputs=_rest_outputs
    ),
    "aws:apigateway/stage:Stage": Kind(
        arn="arn:aws:apigateway:{region}::/restapis/{input:restApi}/stages/{name}",
        id="ags-{input:restApi}-{name}",
        name="stageName",
        import_id="{input:restApi}/{name}",
        outputs=_rest_stage_outputs,
    ),
    "aws:apigatewayv2/domainName:DomainName": Kind(
        arn="arn:aws:apigateway:{region}::/domainnames/{name}",
        name="domainName",
        outputs=_domain_outputs,
    ),
}
