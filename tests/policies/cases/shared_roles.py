"""Cases of the rule about roles that models share."""

from typing import Any

from policies import Resource
from tests.policies.cases.table import UNKNOWN, Case, resource

FUNCTION = "aws:lambda/function:Function"
MODEL = "aws:sagemaker/model:Model"
ROLE = "aws:iam/role:Role"
SHARED = "security/role-shared"

ARN = "arn:aws:iam::123456789012:role/models"
OTHER = "arn:aws:iam::123456789012:role/others"


def function(model: str | None, role: object = ARN) -> dict[str, Any]:
    return {"role": role, "tags": {} if model is None else {"model-serving:model": model}}


def further(model: str | None, role: object = ARN, **of: tuple[str, ...]) -> tuple[Resource, ...]:
    properties = {"executionRoleArn": role, "tags": function(model)["tags"]}
    return (resource("further", MODEL, properties, of=of), resource("role", ROLE, {}))


CASES = (
    Case(SHARED, "a role each", FUNCTION, function("fraud"), others=further("churn", OTHER)),
    Case(
        SHARED,
        "one role for two",
        FUNCTION,
        function("fraud"),
        ("role",),
        others=further("churn"),
        says="one role for 2 models",
    ),
    Case(SHARED, "two versions of one model", FUNCTION, function("fraud"), others=further("fraud")),
    Case(SHARED, "nothing says which model", FUNCTION, function(None), others=further("churn")),
    Case(SHARED, "nobody else", FUNCTION, function("fraud")),
    Case(SHARED, "no role", FUNCTION, {"tags": function("fraud")["tags"]}, others=further("churn")),
    Case(
        SHARED,
        "a role to come",
        FUNCTION,
        function("fraud", UNKNOWN),
        ("",),
        of={"role": ("role",)},
        others=further("churn", UNKNOWN, executionRoleArn=("role",)),
    ),
    Case(SHARED, "unknown", FUNCTION, function("fraud", UNKNOWN), others=further("churn")),
)
