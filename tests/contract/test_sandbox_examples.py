"""The sandbox takes the vendors' own examples, and none of their misspelt, mistyped, cut forms.

The examples are those of the installed SDKs' documentation, run as they stand; what an example
takes from elsewhere is a value that is not known yet. They were written by nobody here.
"""

import copy
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2

from sandbox.wire import UNKNOWN, decode
from tests.unit.sandbox_life import Stack

FILES = {
    "aws": (
        *("apigatewayv2/api", "apigatewayv2/integration", "apigatewayv2/route"),
        *("appautoscaling/policy", "appautoscaling/target", "cloudwatch/log_group"),
        *("cloudwatch/metric_alarm", "codedeploy/deployment_group", "ec2/launch_template"),
        *("eks/node_group", "iam/role", "iam/role_policy", "kms/key", "lambda_/alias"),
        *("lambda_/function", "lambda_/permission", "s3/bucket_versioning"),
        *("sagemaker/endpoint", "sagemaker/endpoint_configuration", "sagemaker/model"),
    ),
    "gcp": (
        *("artifactregistry/repository", "cloudfunctionsv2/function", "cloudrunv2/service"),
        *("container/cluster", "container/node_pool", "kms/crypto_key", "monitoring/alert_policy"),
        *("pubsub/subscription", "secretmanager/secret", "serviceaccount/account"),
        *("storage/bucket", "vertex/ai_endpoint"),
    ),
    "kubernetes": ("apps/v1/Deployment", "apps/v1/StatefulSet", "batch/v1/Job", "core/v1/Service"),
}
# Examples of the documentation that the vendor would refuse too, with the reason.
PLACEHOLDERS = {
    "trainingImage": "an image that a function answers, which answers nothing here",
    "projectId": "a project that a function answers, which answers nothing here",
}
# The same, by what the refused value holds.
MADE_UP = {
    "-None": "a part of a name that a function answers, which answers nothing here",
    "_78545": "a number for the tests of the documentation; Google Cloud takes no underscore there",
    '"app", 3 characters': "a name that is shorter than Google Cloud takes",
}
SEED = 1


def resources(provider: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Type, name and inputs of all that the examples register."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("sdk_examples.py"), provider, *FILES[provider]],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    found: list[tuple[str, str, dict[str, Any]]] = []
    for line in done.stdout.splitlines():
        token, name, inputs = json.loads(line)
        message = struct_pb2.Struct()
        json_format.ParseDict(inputs, message)
        found.append((token, name, decode(message)[0]))
    return found


def mutants(inputs: dict[str, Any], required: set[str], chance: random.Random) -> list[Any]:
    """The same with a name misspelt, a value of another kind, and something required missing."""
    known = [name for name, value in inputs.items() if value is not UNKNOWN]
    found: list[Any] = []
    for kind, names in (
        ("misspelt", list(inputs)),
        ("mistyped", known),
        ("missing", [name for name in inputs if name in required]),
    ):
        if not names:
            continue
        name, mutant = chance.choice(names), copy.deepcopy(inputs)
        value = mutant.pop(name)
        if kind == "misspelt":
            mutant[f"{name[:-1]}q"] = value
        elif kind == "mistyped":
            mutant[name] = "x" if isinstance(value, dict) else {"x": 1}
        found.append((kind, name, mutant))
    return found


@pytest.mark.parametrize(("provider", "least"), [("aws", 80), ("gcp", 40), ("kubernetes", 5)])
def test_examples_pass_and_their_mutants_do_not(
    provider: str, least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    stack = Stack(provider, tmp_path / "store.sqlite")
    chance = random.Random(SEED)  # noqa: S311 - no secret
    found = resources(provider)
    assert len(found) >= least
    for token, name, inputs in found:
        problems = [
            problem
            for problem in stack.problems(token, inputs, name)
            if problem.path.rpartition(".")[2] not in PLACEHOLDERS
            and not any(part in problem.reason for part in MADE_UP)
        ]
        assert not problems, (token, name, problems)
        declared = stack.life.cloud.declared(token)
        assert declared is not None
        required = {key for key, property_ in declared.inputs.items() if property_.required}
        free = {key for key, p in declared.inputs.items() if p.type.kind == "any"}
        for kind, path, mutant in mutants(inputs, required, chance):
            if kind == "mistyped" and path in free:
                continue
            assert stack.problems(token, mutant, name), (kind, token, path)
