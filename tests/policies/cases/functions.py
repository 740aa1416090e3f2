"""Cases of rules about Lambda functions."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.security import KEY_ARN, env
from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

UNSIZED = "resources/function-unsized"
BOUND = "resources/concurrency-unbounded"
VARIABLES = "security/function-environment-kms"
NETWORK = "security/function-network"
UNSIGNED = "security/function-unsigned"

SIGNING = {"codeSigningConfigArn": "arn:aws:lambda:eu-west-1:1:code-signing-config:csc-1"}
RESERVED = ("reservedConcurrentExecutions",)


def reserved(count: object) -> dict[str, Any]:
    return {"reservedConcurrentExecutions": count}


def subnets(*ids: str) -> dict[str, Any]:
    return {"vpcConfig": {"subnetIds": list(ids), "securityGroupIds": ["sg-1"]}}


CASES = (
    Case(UNSIZED, "sized", FUNCTION, {"memorySize": 1024, "timeout": 10}),
    Case(UNSIZED, "the defaults on purpose", FUNCTION, {"memorySize": 128, "timeout": 3}),
    Case(UNSIZED, "absent", FUNCTION, {}, ("memorySize", "timeout")),
    Case(UNSIZED, "no timeout", FUNCTION, {"memorySize": 1024}, ("timeout",), says="3 s"),
    Case(UNSIZED, "no memory", FUNCTION, {"timeout": 10}, ("memorySize",), says="128 MB"),
    Case(UNSIZED, "unknown", FUNCTION, {"memorySize": UNKNOWN, "timeout": UNKNOWN}),
    Case(BOUND, "bounded", FUNCTION, reserved(10)),
    Case(BOUND, "absent", FUNCTION, {}, RESERVED, says="at most 100"),
    Case(BOUND, "no bound", FUNCTION, reserved(-1), RESERVED),
    Case(BOUND, "at the bound", FUNCTION, reserved(100)),
    Case(BOUND, "above the bound", FUNCTION, reserved(101), RESERVED),
    Case(BOUND, "another bound", FUNCTION, reserved(101), settings={"max_concurrency": 101}),
    Case(BOUND, "switched off", FUNCTION, reserved(0)),
    Case(BOUND, "unknown", FUNCTION, reserved(UNKNOWN)),
    Case(VARIABLES, "no variables", FUNCTION, {}),
    Case(VARIABLES, "empty", FUNCTION, {"environment": {"variables": {}}}),
    Case(VARIABLES, "own key", FUNCTION, env("LOG_LEVEL", "INFO") | {"kmsKeyArn": KEY_ARN}),
    Case(VARIABLES, "no key", FUNCTION, env("LOG_LEVEL", "INFO"), ("kmsKeyArn",)),
    Case(VARIABLES, "unknown", FUNCTION, env("LOG_LEVEL", "INFO") | {"kmsKeyArn": UNKNOWN}),
    Case(VARIABLES, "unknown variables", FUNCTION, {"environment": {"variables": UNKNOWN_OBJECT}}),
    Case(NETWORK, "two subnets", FUNCTION, subnets("subnet-1", "subnet-2")),
    Case(NETWORK, "one subnet", FUNCTION, subnets("subnet-1"), ("vpcConfig.subnetIds",)),
    Case(NETWORK, "no VPC", FUNCTION, {}),
    Case(
        NETWORK,
        "no VPC where one is asked for",
        FUNCTION,
        {},
        ("vpcConfig.subnetIds",),
        settings={"require_vpc": True},
    ),
    Case(
        NETWORK,
        "no subnets where one is asked for",
        FUNCTION,
        subnets(),
        ("vpcConfig.subnetIds",),
        settings={"require_vpc": True},
    ),
    Case(
        NETWORK,
        "unknown",
        FUNCTION,
        {"vpcConfig": UNKNOWN_OBJECT},
        settings={"require_vpc": True},
    ),
    Case(UNSIGNED, "signed", FUNCTION, {"packageType": "Zip", **SIGNING}),
    Case(UNSIGNED, "not signed", FUNCTION, {"packageType": "Zip"}, ("codeSigningConfigArn",)),
    Case(UNSIGNED, "absent means a package", FUNCTION, {}, ("codeSigningConfigArn",)),
    Case(UNSIGNED, "an image", FUNCTION, {"packageType": "Image"}),
    Case(UNSIGNED, "an image by its address", FUNCTION, {"imageUri": "x"}),
    Case(UNSIGNED, "unknown", FUNCTION, {"codeSigningConfigArn": UNKNOWN}),
    Case(UNSIGNED, "unknown kind", FUNCTION, {"packageType": UNKNOWN}),
)
