"""Which tagged objects are told of: the environment's own that the state does not know."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.orphaned import amazon
from delivery.orphans import find
from sandbox.store import Store
from stacks.settings.environment import Environment
from tests.unit.sandbox_api import ACCOUNT, REGION, answering, put

OURS = {"model-serving:environment": "dev", "model-serving:model": "fraud"}
MODEL = "aws:sagemaker/model:Model"
ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with answering(tmp_path, monkeypatch) as store:
        yield store


def make(store: Store, arn: str, tags: dict[str, str], token: str = MODEL) -> None:
    put(store, token, arn, outputs={"arn": arn, "tagsAll": tags})


def site(account: str = ACCOUNT) -> Environment:
    aws = {"account_id": account, "region": REGION}
    azure = {"subscription_id": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "location": "westeurope"}
    azure |= {"resource_group": "models"}
    return Environment.model_validate({"targets": {"aws": aws, "azure": azure}})


ROLE = "aws:iam/role:Role"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/fraud"
CASES = {
    "ours": (ARN + "lost", OURS, MODEL, True),
    "known to the state": (ARN + "known", OURS, MODEL, False),
    "known by another spelling": (LOGS, OURS, "aws:cloudwatch/logGroup:LogGroup", False),
    "of another environment": (
        ARN + "a",
        OURS | {"model-serving:environment": "prod"},
        MODEL,
        False,
    ),
    "without our tags": (ARN + "b", {"environment": "dev"}, MODEL, False),
    "of a node group": (ARN + "c", OURS | {"eks:nodegroup-name": "x"}, MODEL, False),
    "of a service of AWS": (ARN + "d", OURS | {"aws:autoscaling:groupName": "x"}, MODEL, False),
    "a record of a run": (ARN.replace("model/", "transform-job/") + "e", OURS, MODEL, False),
    "a role, which the API does not answer": (f"arn:aws:iam::{ACCOUNT}:role/f", OURS, ROLE, False),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_nobody_knows_is_told(store: Store, case: str) -> None:
    arn, tags, token, told = CASES[case]
    make(store, arn, tags, token)
    state = [{"id": "known", "outputs": {"arn": ARN + "known"}}, {"outputs": {"arn": f"{LOGS}:*"}}]
    found = find(site(), "dev", state)
    assert [(each.id, each.type, each.name, each.model) for each in found.orphans] == (
        [(arn, "sagemaker:model", "lost", "fraud")] if told else []
    )
    assert found.not_looked_at == ["Azure: az resource list --tag model-serving:environment=dev"]


def test_every_page_is_read(store: Store) -> None:
    for number in range(120):
        make(store, f"{ARN}{number}", OURS)
    assert len(amazon.tagged(ACCOUNT, REGION, "dev")) == 120


def test_another_account_is_not_looked_at(store: Store) -> None:
    make(store, ARN + "lost", OURS)
    with pytest.raises(
        Failure, match=f"for AWS account {ACCOUNT}, and the environment is in 9"
    ) as no:
        find(site("999999999999"), "dev", [])
    assert no.value.code is Exit.AUTHENTICATION
