"""What others set is read again where a write of Pulumi's did not come to be, and only there."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pulumi.provider.experimental.provider import (
    CreateRequest,
    DiffRequest,
    ReadRequest,
    UpdateRequest,
)

from provider.serving import ServingProvider
from provider.values import plain_map, wrap_map
from sandbox.store import Row
from tests.unit.azure_ml_endpoints import FRAUD, PLACE, Cloud, cloud
from tests.unit.test_sandbox_azure import DEPLOYMENT, ENDPOINT, NATIVE

__all__ = ["cloud"]

_URN = "urn:pulumi:dev::model-serving::serving:index:AzureMlLiveValues::fraud-live"
_BLUE = f"{FRAUD}/deployments/blue"
_ASKED: dict[str, object] = {**PLACE, "deploymentName": "blue", "capacity": 1, "writes": "a"}


def _read(asked: dict[str, object] = _ASKED) -> dict[str, Any]:
    """The state after what is live was read for a write."""
    request = CreateRequest(_URN, wrap_map(asked), 0, preview=False)
    return plain_map(asyncio.run(ServingProvider().create(request)).properties)


def _moved(state: dict[str, Any], asked: dict[str, object] = _ASKED) -> list[str]:
    request = DiffRequest(_URN, _BLUE, wrap_map(state), wrap_map(asked), [])
    found = asyncio.run(ServingProvider().diff(request))
    assert found.changes == bool(found.diffs)
    return list(found.diffs or [])


def _change(cloud: Cloud, **changes: Any) -> None:  # noqa: ANN401 - properties of any type
    def changed(row: Row) -> Row:
        return row.replace(inputs={**row.inputs, **changes}, outputs={**row.outputs, **changes})

    cloud.store.update(NATIVE, DEPLOYMENT, _BLUE, changed, account=FRAUD.split("/")[2])


def _scale(cloud: Cloud) -> None:
    _change(cloud, sku={"name": "Default", "capacity": 5})


def _write(cloud: Cloud) -> None:
    _change(cloud, tags={"team": "payments"})


def _fail(cloud: Cloud) -> None:
    cloud.state(_BLUE, DEPLOYMENT, "Failed")


@pytest.mark.parametrize(
    ("happens", "moved"),
    [
        ([], []),
        # The write is still to come, and what it would write is outdated, or not.
        ([_scale], ["instances"]),
        ([_fail], []),
        # It came, and what a scale rule does is nobody's difference.
        ([_write], []),
        ([_write, _scale], []),
        # It came to a bad end.
        ([_write, _scale, _fail], ["instances"]),
    ],
)
def test_what_is_read_again(
    cloud: Cloud, happens: list[Callable[[Cloud], None]], moved: list[str]
) -> None:
    state = _read()
    for happening in happens:
        happening(cloud)
    assert _moved(state) == moved


@pytest.mark.parametrize(
    ("known", "happens", "moved"),
    [
        (True, [_write], []),
        # The write before is still to come.
        (True, [], ["instances"]),
        (False, [_write], []),
    ],
)
def test_another_capacity_of_what_is_live_is_no_other_write(
    cloud: Cloud, *, known: bool, happens: list[Callable[[Cloud], None]], moved: list[str]
) -> None:
    """It changes nothing by which a write is known, and scale rules go on after it."""
    state = _read()
    for happening in happens:
        happening(cloud)
    before = state if known else {key: state[key] for key in state if key != "seen"}
    asked = {**_ASKED, "capacity": 2}
    request = UpdateRequest(_URN, _BLUE, wrap_map(before), wrap_map(asked), 0, [], preview=False)
    after = plain_map(asyncio.run(ServingProvider().update(request)).properties or {})
    _scale(cloud)
    assert _moved(after, asked) == moved


@pytest.mark.parametrize(("written", "moved"), [(False, ["traffic"]), (True, [])])
def test_a_move_of_traffic_that_failed_is_no_write_that_did(
    cloud: Cloud, *, written: bool, moved: list[str]
) -> None:
    asked = {key: value for key, value in _ASKED.items() if key != "deploymentName"}
    state = _read(asked)
    if written:
        cloud.endpoint = cloud.update(cloud.endpoint, tags={"team": "payments"})
    cloud.update(cloud.endpoint, properties={"authMode": "AADToken", "traffic": {"green": 100}})
    cloud.state(FRAUD, ENDPOINT, "Failed")
    assert _moved(state, asked) == moved


def test_what_is_in_state_from_elsewhere_is_not_judged(cloud: Cloud) -> None:
    """Of an older version, or of a refresh, nobody knows whether it was written."""
    state = _read()
    request = ReadRequest(_URN, _BLUE, wrap_map(state), wrap_map(_ASKED))
    refreshed = plain_map(asyncio.run(ServingProvider().read(request)).properties)
    assert refreshed == {key: value for key, value in state.items() if key != "seen"}
    _scale(cloud)
    assert _moved(refreshed) == []


def test_a_deployment_that_is_gone_is_not_read_again(cloud: Cloud) -> None:
    state = _read()
    row = cloud.store.get(NATIVE, DEPLOYMENT, _BLUE)
    assert row is not None
    cloud.store.remove(row)
    assert _moved(state) == []
