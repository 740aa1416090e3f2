"""No call reads more of the store because there is more in it.

What is counted is SQLite's own steps, not time: the same on any machine.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.sandbox_life import Made, Stack, trust

FEW, MANY = 20, 400


@dataclass(frozen=True)
class Case:
    """How the `number`th resource, with what it needs, is made, and what an update changes."""

    provider: str
    settings: dict[str, str]
    make: Callable[[Stack, int], Made]
    change: dict[str, object]
    # Calls that let SQLite search the text of a service's rows: a thousand take milliseconds.
    reads_text: frozenset[str] = frozenset()


def _log_group(stack: Stack, number: int) -> Made:
    return stack.create("aws:cloudwatch/logGroup:LogGroup", f"g{number}", name=f"/{number}")


def _role(stack: Stack, number: int) -> Made:
    role = stack.create(
        "aws:iam/role:Role",
        f"r{number}",
        name=f"role-{number}",
        assumeRolePolicy=trust("lambda.amazonaws.com"),
    )
    policy = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    return stack.create(
        "aws:iam/rolePolicy:RolePolicy",
        f"p{number}",
        name="read",
        role=role.id,
        policy=json.dumps({"Version": "2012-10-17", **policy}),
    )


def _bucket(stack: Stack, number: int) -> Made:
    name = f"bucket-{number}-of-tests"
    return stack.create("aws:s3/bucket:Bucket", f"b{number}", bucket=name)


def _deployment(stack: Stack, number: int) -> Made:
    labels = {"app": "x"}
    spec = {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "x", "image": "y"}]},
        },
    }
    metadata = {"name": f"web-{number}", "namespace": "default"}
    return stack.create("kubernetes:apps/v1:Deployment", f"d{number}", metadata=metadata, spec=spec)


def _object(stack: Stack, number: int) -> Made:
    bucket = stack.create(
        "gcp:storage/bucket:Bucket", f"b{number}", name=f"bucket-{number}-x", location="EU"
    )
    return stack.create(
        "gcp:storage/bucketObject:BucketObject",
        f"o{number}",
        name="a",
        bucket=bucket.outputs["name"],
        content="x",
    )


def _identity(stack: Stack, number: int) -> Made:
    return stack.create(
        "azure-native:managedidentity:UserAssignedIdentity",
        f"i{number}",
        resourceName=f"identity-{number}",
        resourceGroupName="models",
        location="westeurope",
    )


AWS = {"region": "eu-west-1"}
SUBSCRIPTION = {"subscriptionId": "00000000-0000-0000-0000-000000000001"}
CASES = {
    "log group": Case("aws", AWS, _log_group, {"retentionInDays": 7}),
    "role policy": Case("aws", AWS, _role, {}),
    "bucket": Case("aws", AWS, _bucket, {"tags": {"a": "b"}}, frozenset({"delete"})),
    "deployment": Case("kubernetes", {"context": "serving-dev"}, _deployment, {}),
    "object": Case("gcp", {"project": "example-models"}, _object, {"contentType": "text/plain"}),
    "identity": Case("azure-native", SUBSCRIPTION, _identity, {"tags": {"a": "b"}}),
}


def steps(stack: Stack, act: Callable[[], object]) -> int:
    """SQLite's steps, in tens, that a call takes."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    connection = stack.store.connection()
    connection.set_progress_handler(step, 10)
    act()
    connection.set_progress_handler(None, 10)
    return count


@pytest.mark.parametrize("name", list(CASES))
def test_a_call_costs_the_same_among_many(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    stack = Stack(case.provider, tmp_path / "store.sqlite", dict(case.settings))

    def cost(number: int) -> dict[str, int]:
        made: list[Made] = []
        create = steps(stack, lambda: made.append(case.make(stack, number)))
        (one,) = made
        return {
            "create": create,
            "read": steps(stack, lambda: stack.read(one)),
            "update": steps(stack, lambda: stack.update(one, **case.change)),
            "delete": steps(stack, lambda: stack.delete(one)),
        }

    with stack.store.transaction():  # Fast: one commit for all.
        for number in range(FEW):
            case.make(stack, number)
        few = cost(FEW)
        for number in range(FEW + 1, MANY):
            case.make(stack, number)
        many = cost(MANY)
    # A deeper tree costs a step here and there; reading all rows would cost twenty times as much.
    slower = {call for call in few if many[call] > 2 * few[call] + 5}
    assert slower == case.reads_text
