"""The calls of one ordinary life of each first-party resource, failing in each way.

Also those by which it waits until what it asked for is done.

What passes is nobody's affair; what lasts is told in one line, with the vendor's reason; and an
operation that failed is done by the same operation once more, with no object left or made twice.
"""

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, cast

import pytest

from provider.errors import ProviderError
from provider.kinds import KINDS
from sandbox import eventual
from sandbox.ruletables import RuleTables
from sandbox.store import Fault, FaultMode, Store
from tests.unit.azure_ml_endpoints import cloud as online
from tests.unit.model_copies import copies
from tests.unit.resource_lives import LIVES, Led, Phase, World, world_of
from tests.unit.sagemaker_live_endpoint import store as sagemaker
from tests.unit.test_azure_functions_deployment import cloud as functions
from tests.unit.test_azure_ml_batch_default import cloud as batch
from tests.unit.test_lambda_deployment import store as shifted
from tests.unit.test_lambda_ready_version import store as ready
from tests.unit.test_model_registries import registries
from tests.unit.vertex_store import client as vertex
from tests.unit.vertex_store import store

# Fixtures, by the names that lives know them by.
__all__ = [
    "batch",
    "copies",
    "functions",
    "online",
    "ready",
    "registries",
    "sagemaker",
    "shifted",
    "store",
    "vertex",
]

_REASON: Final = "InternalFailure: the service is not well"
# What looks and changes nothing.
_LOOKS: Final = re.compile(r"(^|_)(Describe|Get|Head|List)")
# What may fail unheard: by the resource, its operation and its call.
_FAILS_UNHEARD: Final = {
    # Whether the package is still where the app reads it: who may not look takes it to be there.
    ("AzureFunctionsDeployment", "read", "Blob_GetProperties"),
    ("AzureFunctionsDeployment", "read", "StorageAccounts_GetProperties"),
}
# What each asks of its cloud, in order; the same several times in a row once.
CALLS: Final[Mapping[str, Mapping[Phase, str]]] = {
    "AzureFunctionsDeployment": {
        "create": (
            "StorageAccounts_GetProperties Blob_GetProperties WebApps_GetOneDeployStatus "
            "Service_GetUserDelegationKey WebApps_CreateOneDeployOperation"
        ),
        "read": (
            "WebApps_Get WebApps_GetOneDeployStatus StorageAccounts_GetProperties "
            "Blob_GetProperties"
        ),
        "update": (
            "StorageAccounts_GetProperties Blob_GetProperties WebApps_GetOneDeployStatus "
            "Service_GetUserDelegationKey WebApps_CreateOneDeployOperation"
        ),
    },
    "AzureFunctionsPackage": {
        "create": "StorageAccounts_GetProperties Blob_GetProperties BlockBlob_Upload",
        "read": "StorageAccounts_GetProperties Blob_GetProperties",
        "delete": "StorageAccounts_GetProperties Blob_Delete",
    },
    "AzureMlBatchDefault": {
        "create": (
            "BatchEndpoints_Get BatchDeployments_Get BatchEndpoints_CreateOrUpdate "
            "BatchEndpoints_Get"
        ),
        "read": "BatchEndpoints_Get",
        "update": (
            "BatchEndpoints_Get BatchDeployments_Get BatchEndpoints_CreateOrUpdate "
            "BatchEndpoints_Get"
        ),
    },
    "AzureMlLiveValues": {
        "create": "OnlineDeployments_Get",
        "read": "OnlineDeployments_Get",
        "update": "OnlineDeployments_Get",
    },
    "AzureMlTraffic": {
        "create": (
            "OnlineEndpoints_Get OnlineDeployments_List OnlineEndpoints_CreateOrUpdate "
            "OnlineEndpoints_Get"
        ),
        "read": "OnlineEndpoints_Get",
        "update": (
            "OnlineEndpoints_Get OnlineDeployments_List OnlineEndpoints_CreateOrUpdate "
            "OnlineEndpoints_Get"
        ),
        "delete": "OnlineEndpoints_Get OnlineEndpoints_CreateOrUpdate OnlineEndpoints_Get",
    },
    "LambdaDeployment": {
        "create": "GetAlias ListDeployments GetAlias CreateDeployment GetDeployment GetAlias",
        "read": "GetAlias",
        "update": "GetAlias ListDeployments GetAlias CreateDeployment GetDeployment GetAlias",
    },
    "LambdaReadyVersion": {
        "create": "GetFunctionConfiguration GetProvisionedConcurrencyConfig",
        "read": "GetFunctionConfiguration",
        "update": "GetFunctionConfiguration",
    },
    "ModelCopy": {
        "create": (
            "GetObject HeadObject ListObjectsV2 HeadObject CopyObject HeadObject "
            "ListObjectsV2 PutObject"
        ),
        "read": "GetObject ListObjectsV2",
    },
    "SageMakerLiveComponent": {
        "create": (
            "DescribeInferenceComponent UpdateInferenceComponentRuntimeConfig "
            "DescribeInferenceComponent"
        ),
        "read": "DescribeInferenceComponent ListTags",
        "update": "DescribeInferenceComponent UpdateInferenceComponent DescribeInferenceComponent",
    },
    "SageMakerLiveEndpoint": {
        "create": (
            "DescribeEndpoint DescribeEndpointConfig DescribeScalableTargets "
            "DescribeEndpointConfig UpdateEndpoint DescribeEndpoint "
            "UpdateEndpointWeightsAndCapacities DescribeEndpoint"
        ),
        "read": "DescribeEndpoint",
        "update": (
            "DescribeEndpoint DescribeEndpointConfig DescribeScalableTargets "
            "DescribeEndpointConfig UpdateEndpoint DescribeEndpoint"
        ),
    },
    "SageMakerTransformJob": {
        "create": "DescribeTransformJob CreateTransformJob DescribeTransformJob",
        "read": "DescribeTransformJob ListTags",
        "delete": "DescribeTransformJob AddTags",
    },
    "VertexBatchPredictionJob": {
        "create": "ListBatchPredictionJobs CreateBatchPredictionJob GetBatchPredictionJob",
        "read": "GetBatchPredictionJob",
        "delete": "GetBatchPredictionJob DeleteBatchPredictionJob ListBatchPredictionJobs",
    },
    "VertexDeployedModel": {
        "create": "GetEndpoint DeployModel GetEndpoint",
        "read": "GetEndpoint",
        "update": "GetEndpoint MutateDeployedModel GetEndpoint",
        "delete": "GetEndpoint UndeployModel GetEndpoint",
    },
    "VertexModel": {
        "create": "GetModel UploadModel GetModel",
        "read": "GetModel",
        "update": "GetModel UpdateModel",
        "delete": "ListModelVersions DeleteModel ListModelVersions",
    },
    "VertexMonitoringJob": {
        "create": "ListModelDeploymentMonitoringJobs CreateModelDeploymentMonitoringJob",
        "read": "GetModelDeploymentMonitoringJob",
        "update": "GetModelDeploymentMonitoringJob UpdateModelDeploymentMonitoringJob",
        "delete": (
            "GetModelDeploymentMonitoringJob PauseModelDeploymentMonitoringJob "
            "DeleteModelDeploymentMonitoringJob"
        ),
    },
    "VertexTrafficSplit": {
        "create": "GetEndpoint UpdateEndpoint GetEndpoint",
        "read": "GetEndpoint",
        "update": "GetEndpoint UpdateEndpoint GetEndpoint",
    },
}
# How calls go wrong, and how many of them; after the last of these the operation is done.
_WAYS: Final[Mapping[FaultMode, int]] = {"fail": -1, "unreachable": -1, "throttle": 3}


@dataclass(frozen=True, slots=True)
class Called:
    """A call of an operation of a resource: which of those that `CALLS` has."""

    name: str
    phase: Phase
    place: int
    operation: str

    def __str__(self) -> str:
        return f"{self.name}-{self.phase}-{self.place}-{self.operation}"

    @property
    def looks(self) -> bool:
        """Whether it changes nothing."""
        return _LOOKS.search(self.operation) is not None

    @property
    def before_writes(self) -> bool:
        """Whether nothing is written before it."""
        return all(map(_LOOKS.search, CALLS[self.name][self.phase].split()[: self.place]))


_CALLED: Final = [
    Called(name, phase, place, operation)
    for name, phases in CALLS.items()
    for phase, operations in phases.items()
    for place, operation in enumerate(operations.split())
]


def _ways() -> Iterator[tuple[Called, tuple[FaultMode, ...]]]:
    """Each call, and the ways in which it goes wrong in one life.

    A look before the first write is made again by each try, and one life does for all ways; any
    other needs a life of its own for each.
    """
    for called in _CALLED:
        apart: list[tuple[FaultMode, ...]] = [(way,) for way in _WAYS]
        for ways in [tuple(_WAYS)] if called.before_writes and called.looks else apart:
            yield called, ways


def _named(value: object) -> str:
    return "-".join(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, slots=True)
class Expected:
    """What an operation comes to, in the clouds and in state."""

    rows: list[str]
    outputs: Collection[str]


class Calls:
    """What the clouds are asked; a rule begins when so many others were asked."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.began = ""
        """At which operation the rule did."""
        self._rule: tuple[int, Fault] | None = None

    def begin(self, after: int = 0, rule: Fault | None = None) -> None:
        """Forget what was asked; the rule holds once `after` operations were, as `CALLS` counts."""
        self.made, self.began = [], ""
        self._rule = rule and (after, rule)

    def in_order(self) -> list[str]:
        """As `CALLS` has them."""
        return [operation for operation, _ in groupby(self.made)]

    def hear(self, operation: str, cloud: RuleTables) -> None:
        """This is asked now."""
        self.made.append(operation)
        if self._rule and len(self.in_order()) > self._rule[0]:
            cloud.add_fault(self._rule[1])
            self._rule, self.began = None, operation


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The calls that are answered from now on."""
    found = Calls()
    inner = RuleTables.take_fault

    def take_fault(self: RuleTables, token: str, operation: str, *more: Any, **how: Any) -> Any:  # noqa: ANN401
        # What its plugin does has rules too, which hit nothing that is asked over HTTP.
        if "unreachable" in (how.get("modes") or ()) and operation[0].isupper():
            found.hear(operation, self)
        return inner(self, token, operation, *more, **how)

    monkeypatch.setattr(RuleTables, "take_fault", take_fault)
    return found


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of the vendors' clients are none."""
    pause = time.sleep

    def briefly(seconds: float) -> None:
        pause(min(seconds, 0.001))

    monkeypatch.setattr("time.sleep", briefly)


@pytest.fixture
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    """Where the resource of the case lives."""
    case = request.node.callspec.params
    life = LIVES[case["called"].name if "called" in case else case["name"]]
    made = request.getfixturevalue(life.fixture)
    # What takes its time in a cloud takes none.
    monkeypatch.setenv(eventual.VARIABLE, "0.00001")
    life.prepared(made)
    return world_of(made)


def test_each_resource_lives() -> None:
    assert {f"serving:index:{name}" for name in LIVES} == set(KINDS)
    assert LIVES.keys() == CALLS.keys()


@pytest.mark.parametrize("name", LIVES)
def test_no_call_is_forgotten(name: str, world: World, calls: Calls) -> None:
    led = Led(world, name)
    found: dict[str, str] = {}
    for phase in led.phases():
        calls.begin()
        assert led.does(phase) is None
        if calls.made:
            found[phase] = " ".join(calls.in_order())
    assert found == CALLS[name]


@pytest.mark.parametrize(("called", "ways"), list(_ways()), ids=_named)
def test_what_lasts_is_told_and_what_passes_is_not_noticed(
    called: Called, ways: Sequence[FaultMode], world: World, calls: Calls
) -> None:
    phase, operation = called.phase, called.operation
    expected = _undisturbed(world, called)
    led = Led(world, called.name)
    led.until(phase)
    unheard = (called.name, phase, operation) in _FAILS_UNHEARD
    before = world.rows()
    for mode in ways:
        rule = Fault("*", operation, mode, count=_WAYS[mode], message=_REASON)
        failed = _while_failing(led, called, rule, calls)
        assert (failed is None) is (unheard or mode == "throttle"), (mode, failed)
        assert "\n" not in str(failed)
        # The answer to a HEAD of S3 has no text.
        if mode == "fail" and not unheard and operation != "HeadObject":
            assert "the service is not well" in str(failed)
        # Up to the first write nothing is done.
        if mode != "throttle" and called.before_writes:
            assert world.rows() == before
    if ways[-1] != "throttle":
        assert led.does(phase) is None
    _ends_undisturbed(led, phase, expected)


@pytest.mark.parametrize("times", [1, -1], ids=["once", "always"])
@pytest.mark.parametrize("called", [each for each in _CALLED if not each.looks], ids=str)
def test_what_was_done_unanswered_is_not_done_twice(
    called: Called, times: int, world: World, calls: Calls
) -> None:
    expected = _undisturbed(world, called)
    led = Led(world, called.name)
    led.until(called.phase)
    before = world.rows()
    # By what is there it may be known that it was done; then nothing failed.
    failed = _while_failing(led, called, Fault("*", called.operation, "die", count=times), calls)
    assert world.rows() != before
    if failed is not None:
        assert "\n" not in str(failed)
        assert led.does(called.phase) is None
    _ends_undisturbed(led, called.phase, expected)


_KNOWN: Final[dict[tuple[str, Phase], Expected]] = {}


def _undisturbed(world: World, called: Called) -> Expected:
    """How it is after an operation that nothing befell; the world is as before it again.

    Worlds of a resource are alike, and it is looked at once.
    """
    key = called.name, called.phase
    if key not in _KNOWN:
        with world.put_back():
            led = Led(world, called.name)
            led.until(called.phase)
            assert led.does(called.phase) is None
            _KNOWN[key] = Expected(world.rows(), led.outputs().keys())
    return _KNOWN[key]


def _while_failing(led: Led, called: Called, fault: Fault, calls: Calls) -> ProviderError | None:
    """What an operation says while its calls go wrong, from this one on."""
    with closing(Store(led.world.path)) as cloud:
        last = max((each.sequence for each in cloud.events()), default=0)
        calls.begin(called.place, fault)
        failed = led.does(called.phase)
        left = cloud.faults()
        cloud.clear_faults()
        events = cloud.events(operation=f"*:{fault.operation}", after=last)
    assert calls.began == called.operation, "it made no such call at this place"
    assert [each for each in events if each.outcome != "ok"], "it made no such call"
    assert not left or fault.count < 0, "it gave up before"
    return failed


def _ends_undisturbed(led: Led, phase: Phase, expected: Expected) -> None:
    """It is as if nothing had been, and can go on to its end."""
    assert led.world.rows() == expected.rows
    assert led.outputs().keys() == expected.outputs
    led.ends_from(phase)
