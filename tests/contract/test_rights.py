"""Each call in a role's name is allowed, and each right is for a call; over all of AWS.

The components make roles by all their sets of arguments. What those are used for is read from the
resources beside them (`needed_rights.py`), and asked of the policies: actions and resources are
matched by moto's statements, conditions here, since moto takes one that is not met for a denial.
"""

from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final, cast

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from tests.contract.emitted_clouds import groups
from tests.contract.needed_rights import Call, Role, calls, roles

LEAST_ROLES: Final = 30
# Who runs in the name of these is a program of others, whose calls nothing here declares.
OF_OTHERS: Final = {
    "EksAutoscalerIdentity": "Karpenter and the Cluster Autoscaler ask for what they find",
    "SageMakerSharedEndpoint": "its models are made beside it, each by a component of its own",
}
_WRITES: Final = ("AbortMultipartUpload", "ListMultipartUploadParts", "PutObject")
# Rights that no resource of AWS declares a call for, and what they are for. By service and action;
# what they are given on is looked at in `test_iam` and in the components' tests.
FURTHER: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        [f"tokens of a cluster s3:{one}" for one in (*_WRITES, "GetObject", "ListBucket")],
        "what a pod reads and writes is declared in Kubernetes",
    ),
    **dict.fromkeys(
        [f"pods.eks.amazonaws.com s3:{one}" for one in ("GetObject", "ListBucket")],
        "what a pod reads is declared in Kubernetes",
    ),
    "tokens of a cluster kms:Decrypt": "the artifact's own key, which no object tells",
    "tokens of a cluster kms:GenerateDataKey": "the key of what it writes",
    **dict.fromkeys(
        [f"sagemaker.amazonaws.com s3:{one}" for one in (*_WRITES, "GetObject", "ListBucket")],
        "input and output of a transform job, and requests of an asynchronous endpoint: in the job"
        " and in the call, which no resource of pulumi-aws is",
    ),
    "sagemaker.amazonaws.com kms:Decrypt": "the artifact's own key; keys of a job's volumes",
    "sagemaker.amazonaws.com kms:GenerateDataKey": "the key of a job's output",
    "sagemaker.amazonaws.com cloudwatch:PutMetricData": "a job's container may, as CreateModel"
    " asks of its role",
    **dict.fromkeys(
        [
            f"sagemaker.amazonaws.com ecr:{one}"
            for one in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
        ],
        "the image of a version in a registry of models, which the model names by the version",
    ),
}
# Actions on `*`, and why AWS knows nothing narrower (service authorization reference).
EVERYTHING: Final[Mapping[str, str]] = {
    "autoscaling:Describe*": "of what is described there is no narrower right",
    "cloudwatch:DescribeAlarms": "of several alarms",
    "cloudwatch:PutMetricData": "bound by its namespace",
    "ec2:GetInstanceTypesFromInstanceRequirements": "of no resource",
    "ec2:Describe*": "of what is described there is no narrower right",
    "ecr:GetAuthorizationToken": "the registry's, before any repository",
    "pricing:GetProducts": "prices are nobody's",
    "xray:Put*": "segments have no ARN",
}


@cache
def every() -> tuple[Role, ...]:
    return tuple(role for role in roles(groups()) if role.statements)


def judged() -> list[Role]:
    return [role for role in every() if role.name.split(" ")[0] not in OF_OTHERS]


def about(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    bare = {key: value for key, value in statement.items() if key != "Condition"}
    answer = IAMPolicyStatement(bare).is_action_permitted(action, resource)
    return answer is not PermissionResult.NEUTRAL


def holds(statement: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Whether the conditions are met; one that is not known here is not."""
    for operator, keys in statement.get("Condition", {}).items():
        name = operator.removesuffix("IfExists")
        assert name in {"StringEquals", "StringLike", "ArnEquals", "Bool"}, operator
        for key, wanted in keys.items():
            if key not in context:
                if operator.endswith("IfExists"):
                    continue
                return False
            several = cast("list[str]", wanted if isinstance(wanted, list) else [wanted])
            if not any(
                fnmatchcase(context[key], one) if name != "StringEquals" else context[key] == one
                for one in several
            ):
                return False
    return True


def allowed(role: Role, call: Call) -> bool:
    hits = [
        one["Effect"]
        for one in role.statements
        if about(one, call.action, call.resource) and holds(one, call.context)
    ]
    return "Allow" in hits and "Deny" not in hits


def unused(role: Role) -> list[tuple[str, str]]:
    """Actions and resources of the policies that no call is for.

    A log group stands in a policy twice, by itself and with what is in it: that is one right.
    """
    asked = calls(role)
    return [
        (action, resource)
        for statement in role.statements
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
        for resource in statement["Resource"]
        if not any(
            call.action == action
            and about({**statement, "Resource": _whole(resource)}, action, call.resource)
            and holds(statement, call.context)
            for call in asked
        )
    ]


def _whole(resource: str) -> str:
    logs = ":log-group:" in resource or resource.removesuffix(":*").endswith("-logs")
    return f"{resource.removesuffix(':*')}:*" if logs else resource


def test_there_is_something_to_judge() -> None:
    assert len(judged()) >= LEAST_ROLES
    assert sum(len(calls(role)) for role in judged()) >= 10 * LEAST_ROLES


def test_each_call_is_allowed() -> None:
    denied = [
        f"{role.name}: {call.action} on {call.resource} {dict(call.context)}"
        for role in judged()
        for call in sorted(calls(role), key=str)
        if not allowed(role, call)
    ]
    assert not denied, "\n".join(denied)


def test_each_right_is_for_a_call() -> None:
    left = Counter(f"{role.service} {action}" for role in judged() for action, _ in unused(role))
    assert set(left) == set(FURTHER)


def test_no_right_is_for_everything_unless_there_is_no_narrower() -> None:
    wide = {
        action
        for role in every()
        for statement in role.statements
        if statement["Effect"] == "Allow" and "*" in statement["Resource"]
        for action in statement["Action"]
    }
    assert not {one for one in wide if not any(fnmatchcase(one, known) for known in EVERYTHING)}
    assert not [
        action
        for role in every()
        for s in role.statements
        for action in s["Action"]
        if "*" in action
    ]
