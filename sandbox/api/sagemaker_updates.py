"""SageMaker: UpdateEndpoint, with what it retains, its shifts, and going back.

Source: UpdateEndpoint and VariantProperty in botocore's model of the API;
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html.
"""

import time
from collections.abc import Callable
from typing import Any

from sandbox import eventual
from sandbox.api import writing
from sandbox.api.call import AwsError, Call
from sandbox.api.sagemaker_words import (
    ENDPOINT,
    arn_of,
    configuration_of,
    found_by_name,
    given,
)
from sandbox.api.spelling import pascal, present
from sandbox.clouds.aws import endpoint_shifts
from sandbox.eventual import Transition
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["changed", "pending", "refuse_unless_in_service", "update_endpoint"]

# No page says that the concurrency of a serverless variant stays, so it does not.
_KEPT = {
    "DesiredWeight": ("desired_weight", "current_weight"),
    "DesiredInstanceCount": ("desired_instance_count", "current_instance_count"),
}
_CAPTURE = "DataCaptureConfig"


def update_endpoint(call: Call) -> dict[str, Any]:
    """Begin to move an endpoint to another configuration."""
    row = found_by_name(call, ENDPOINT, "EndpointName", "endpoint", "endpoint")
    arn = arn_of(call.caller, "endpoint", row.name)
    kept = _retained(call)
    asked: dict[str, Any] = {"endpointConfigName": call.text("EndpointConfigName")}
    deployment = given(call, ENDPOINT).get("deploymentConfig")
    if deployment or not call.parameters.get("RetainDeploymentConfig"):
        asked["deploymentConfig"] = deployment
    with call.store.transaction():
        row = found_by_name(call, ENDPOINT, "EndpointName", "endpoint", "endpoint")
        refuse_unless_in_service(row, arn)
        configuration_of(call)
        before = {k: v for k, v in row.live.items() if k not in {eventual.KEY, "failure_reason"}}
        writing.change(call, row, asked)
        changed(call, row, lambda current: _begun(call, current, before, asked, kept))
    return {"EndpointArn": arn}


def _begun(
    call: Call, current: Row, before: dict[str, Any], asked: dict[str, Any], kept: frozenset[str]
) -> Row:
    """The endpoint on its way to what it will serve; or back, if that does not start."""
    final = eventual.settled(current, now=True)
    name = asked["endpointConfigName"]
    deployment = mapped(final.inputs.get("deploymentConfig"))
    live = {k: v for k, v in final.live.items() if k != "failure_reason" or v}
    if call.rolls_back:
        reason = "The update was rolled back: a variant did not pass the health checks."
        live = {**before, "failure_reason": reason}
    if live.get("endpoint_config_name") == name:
        live = _as_retained(live, before, kept)
        lasts = endpoint_shifts.seconds(deployment)
    else:
        lasts = endpoint_shifts.MACHINES_SECONDS + endpoint_shifts.BACK_SECONDS
        final = final.replace(
            inputs={**final.inputs, "endpointConfigName": live.get("endpoint_config_name")}
        )
    passing = {
        # What comes only then is not there yet.
        **dict.fromkeys(live.keys() - before.keys()),
        **before,
        "status": "Updating",
        "pending": {"config": name, "since": time.time()},
    }
    return eventual.begun(final.replace(live=live), Transition(lasts, live=passing))


def _as_retained(
    live: dict[str, Any], before: dict[str, Any], kept: frozenset[str]
) -> dict[str, Any]:
    """What is kept of the variants of the same names, and of the capture of data."""
    found = dict(live)
    for key in ("variants", "shadow_variants"):
        had = {variant["name"]: variant for variant in listed(before.get(key))}
        found[key] = [
            variant
            | {
                member: had[variant["name"]][member]
                for word in kept & _KEPT.keys()
                for member in _KEPT[word]
                if variant["name"] in had and member in had[variant["name"]]
            }
            for variant in listed(live.get(key))
        ]
    if not found["shadow_variants"]:
        del found["shadow_variants"]
    if _CAPTURE in kept:
        found["captures_as"] = before.get("captures_as") or before.get("endpoint_config_name")
    else:
        found.pop("captures_as", None)
    return found


def _retained(call: Call) -> frozenset[str]:
    """The variant properties that an update leaves as they are."""
    excluded = {
        str(mapped(each).get("VariantPropertyType"))
        for each in call.items("ExcludeRetainedVariantProperties")
    }
    known = {*_KEPT, _CAPTURE}
    wrong = excluded - known
    if wrong:
        raise AwsError(
            "ValidationException",
            f"Value '{min(wrong)}' at 'excludeRetainedVariantProperties' failed to satisfy"
            f" constraint: Member must satisfy enum value set: [{', '.join(sorted(known))}]",
        )
    return frozenset(known - excluded if call.parameters.get("RetainAllVariantProperties") else ())


def pending(row: Row, variants: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """`PendingDeploymentSummary` while an endpoint moves to a configuration of these variants."""
    known = mapped(row.live.get("pending"))
    if not known:
        return None
    passed = time.time() - float(known["since"])
    note = mapped(row.live.get(eventual.KEY))
    # The machines come first, then they bake.
    creating = passed < float(note.get("seconds", 0)) / 2
    status = {
        "Status": "Creating" if creating else "Baking",
        "StatusMessage": "Launching instance(s)." if creating else "Baking with traffic enabled.",
        "StartTime": known["since"],
    }
    return {
        "EndpointConfigName": known["config"],
        "StartTime": known["since"],
        "ProductionVariants": [
            present(
                {
                    "VariantName": name,
                    "DesiredInstanceCount": variant.get("initialInstanceCount"),
                    "DesiredServerlessConfig": pascal(variant.get("serverlessConfig")),
                    "VariantStatus": [status],
                }
            )
            for name, variant in variants.items()
        ],
    }


def changed(call: Call, row: Row, change: Callable[[Row], Row]) -> None:
    """Change an endpoint in place."""
    scope = {"account": row.account, "region": row.region}
    call.store.update("aws", ENDPOINT, row.id, change, **scope, operation="weights")


def refuse_unless_in_service(row: Row, arn: str) -> None:
    """Only an endpoint in service can be updated."""
    status = row.live.get("status", "InService")
    if status == "Failed":
        raise AwsError("ValidationException", f'Cannot update failed endpoint "{arn}".')
    if status != "InService":
        verb = "non-existent" if status == "Deleting" else "in-progress"
        raise AwsError("ValidationException", f'Cannot update {verb} endpoint "{arn}".')
