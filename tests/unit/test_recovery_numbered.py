"""What a vendor numbers itself, as its API lists it: the sandbox's, asked by vendors' clients."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from delivery.failure import Failure
from delivery.recovery.numbered import KINDS, unknown_to_state
from sandbox.store import Row, Store
from tests.unit.sandbox_api import ACCOUNT, REGION, answering, put

KEY, ROUTE = "aws:kms/key:Key", "aws:apigatewayv2/route:Route"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
PROVIDER = "urn:pulumi:dev::tiny::pulumi:providers:aws::aws"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with answering(tmp_path, monkeypatch) as store:
        yield store


def record(token: str, **inputs: str) -> dict[str, Any]:
    return {"urn": f"urn:x::{token}::it", "type": token, "provider": f"{PROVIDER}::1"} | {
        "inputs": inputs
    }


def state(account: str = ACCOUNT, *more: dict[str, Any]) -> list[dict[str, Any]]:
    arn = f"arn:aws:iam::{account}:role/r"
    provider: dict[str, Any] = {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": "1"}
    provider["inputs"] = {"region": REGION}
    role = record("aws:iam/role:Role") | {"id": "r", "outputs": {"arn": arn}}
    return [provider, role, *more]


def test_what_the_state_has_is_left_out_page_by_page(store: Store) -> None:
    seeded = unknown_to_state(record(KEY), state())
    assert seeded is not None
    names = {f"key-{number}" for number in range(45)}
    for name in names:
        put(store, KEY, name)
    known = record(KEY) | {"id": "key-7"}
    found = unknown_to_state(record(KEY), state(ACCOUNT, known))
    assert found is not None
    assert set(found) - set(seeded) == names - {"key-7"}


def test_parts_are_listed_of_their_whole_alone(store: Store) -> None:
    put(store, ROUTE, "r1", inputs={"apiId": "a"})
    put(store, ROUTE, "r2", inputs={"apiId": "b"})
    assert unknown_to_state(record(ROUTE, apiId="b"), state()) == ["r2"]
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:podidentityassociation/c/a-12"
    told = {"inputs": {"clusterName": "c"}, "outputs": {"associationArn": arn}}
    put(store, ASSOCIATION, "a-12", **told)
    assert unknown_to_state(record(ASSOCIATION, clusterName="c"), state()) == ["a-12"]


def test_what_cannot_be_listed_is_said(store: Store) -> None:
    assert unknown_to_state(record("aws:iam/role:Role"), state()) is None
    assert unknown_to_state(record(ROUTE), state()) is None
    with pytest.raises(Failure, match="the credentials are for AWS account 123456789012"):
        unknown_to_state(record(KEY), state("999999999999"))
    for number in range(201):
        put(store, KEY, f"key-{number}")
    with pytest.raises(Failure, match="of these beside the state's"):
        unknown_to_state(record(KEY), state())


def test_the_sandbox_lists_every_type(store: Store) -> None:
    for token, kind in KINDS.items():
        whole = dict.fromkeys(kind.within.values(), "w")
        arn = "arn:aws:x:eu-west-1:123456789012:x/w/new-1"
        put(store, token, "new-1", inputs=whole, outputs={"associationArn": arn})
        found = unknown_to_state(record(token, **whole), state())
        assert found is not None
        assert "new-1" in found, token


POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"


def google_state(*more: dict[str, Any]) -> list[dict[str, Any]]:
    provider: dict[str, Any] = {"urn": PROVIDER, "type": "pulumi:providers:gcp", "id": "1"}
    provider["inputs"] = {"project": "example-models"}
    return [provider, *more]


def test_alert_policies_of_a_project_are_listed_page_by_page(store: Store) -> None:
    names = {f"projects/example-models/alertPolicies/{number}" for number in range(1001)}
    for name in names:
        store.put(Row("gcp", POLICY, name, "example-models"))
    store.put(Row("gcp", POLICY, "projects/other/alertPolicies/1", "other"))
    known = record(POLICY) | {"id": "projects/example-models/alertPolicies/7"}
    with pytest.raises(Failure, match="there are 1000 of these beside the state's"):
        unknown_to_state(record(POLICY), google_state(known))
    for name in names - {"projects/example-models/alertPolicies/7"}:
        row = store.get("gcp", POLICY, name)
        assert row is not None
        if int(name.rpartition("/")[2]) > 150:
            store.remove(row)
    found = unknown_to_state(record(POLICY), google_state(known))
    assert found is not None
    assert len(found) == 150
    assert known["id"] not in found
    # The program may name another project than its provider; it is refused there.
    with pytest.raises(Failure, match="PERMISSION_DENIED: Permission denied on project other"):
        unknown_to_state(record(POLICY, project="other"), google_state())


def test_a_project_that_nobody_names_is_not_listed() -> None:
    assert unknown_to_state(record(POLICY), []) is None
