"""SageMakerServerlessEndpoint through the real engine: its life, and updates that do not hold."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox import eventual
from sandbox.api import server
from sandbox.store import Fault, Store
from tests.engine.aws_client import client
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.engine.running import running_up, wait_until

pytestmark = pytest.mark.engine

_ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
_NAME = "fraud-dev-serverless"
_BUCKET = "s3://example-models/fraud"
_NEXT: dict[str, Any] = {
    "model_version": "1.5.0",
    "model_uri": f"{_BUCKET}/1.5.0/model.tar.gz",
}


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.sagemaker.sagemaker_serverless_endpoint",
        "SageMakerServerlessEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "model_version": "1.4.0",
            "model_uri": f"{_BUCKET}/1.4.0/model.tar.gz",
            "framework": "xgboost",
            "max_replicas": 10,
        },
    )


@contextmanager
def _store(sandbox: Sandbox) -> Generator[Store]:
    store = Store(sandbox.home / "store.sqlite")
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _boto3(sandbox: Sandbox) -> Generator[Any]:
    """SageMaker by boto3."""
    running = server.start(sandbox.home / "store.sqlite")
    try:
        yield client("sagemaker", running.url)
    finally:
        running.close()


def _read(sandbox: Sandbox) -> dict[str, Any]:
    """The endpoint as boto3 describes it."""
    with _boto3(sandbox) as api:
        return api.describe_endpoint(EndpointName=_NAME)


def _provisioned(sandbox: Sandbox) -> int:
    """Provisioned concurrency, as boto3 describes it."""
    (variant,) = _read(sandbox)["ProductionVariants"]
    return variant["CurrentServerlessConfig"]["ProvisionedConcurrency"]


def _raise(sandbox: Sandbox, concurrency: int) -> None:
    """As the autoscaler does."""
    update = {"ProvisionedConcurrency": concurrency}
    with _boto3(sandbox) as api:
        api.update_endpoint_weights_and_capacities(
            EndpointName=_NAME,
            DesiredWeightsAndCapacities=[
                {"VariantName": "stable", "ServerlessUpdateConfig": update}
            ],
        )
    wait_until(lambda: _read(sandbox)["EndpointStatus"] == "InService", 30, "it is raised")


def _calls(sandbox: Sandbox) -> list[str]:
    """What moved the endpoint over the API, in order."""
    with _store(sandbox) as store:
        events = store.events(operation="sagemaker:Update*")
    return [event.operation.partition(":")[2] for event in events if event.outcome == "ok"]


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert created.order.index(("create", "fraud-role-policy")) < created.order.index(
        ("create", "fraud-stable-model")
    )
    assert not {name for name in created.names("create") if "key" in name or "scaling" in name}
    assert project.outputs()["endpoint_name"] == "fraud-dev-serverless"
    (variant,) = _read(sandbox)["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 10}
    assert project.up().steps == {}
    assert _calls(sandbox) == []

    # Another version: a new configuration first, and the old one goes when the endpoint left it.
    new = project.up(**_NEXT)
    assert new.names("replace") == {
        "fraud-stable-model",
        "fraud-configuration",
        "fraud-role-policy",
    }
    order = new.order.index
    assert order(("create-replacement", "fraud-configuration")) < order(("update", "fraud-live"))
    for name in ("fraud-configuration", "fraud-stable-model", "fraud-role-policy"):
        assert order(("update", "fraud-live")) < order(("delete-replaced", name))
    assert _calls(sandbox) == ["UpdateEndpoint"]

    # Provisioned concurrency, and what scales it.
    warm = project.up(min_replicas=2, memory_mib=4096)
    assert warm.names("replace") == {"fraud-configuration"}
    assert warm.names("create") == {"fraud-scaling-target", "fraud-scaling-policy"}
    assert _read(sandbox)["ProductionVariants"][0]["CurrentServerlessConfig"] == {
        "MemorySizeInMB": 4096,
        "MaxConcurrency": 10,
        "ProvisionedConcurrency": 2,
    }
    aimed = project.up(scaling_target=50)
    assert aimed.steps == {"fraud-scaling-policy": ["update"]}
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}
    assert project.destroy().names("delete") >= created.names("create")


def test_concurrency_that_was_raised_stays_with_another_version(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up(min_replicas=2)
    _raise(sandbox, 6)
    both = ["UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"]
    assert _calls(sandbox) == both[1:]
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}

    assert "fraud-live" in project.up(**_NEXT).names("update")
    assert _calls(sandbox) == [*both[1:], *both]
    assert _provisioned(sandbox) == 6

    # Bounds that it no longer fits hold; the least alone moves nothing.
    lowered = project.up(max_replicas=4)
    assert "fraud-scaling-target" in lowered.names("update")
    assert _provisioned(sandbox) == 4
    assert _calls(sandbox) == [*both[1:], *both, *both]

    # Killed after the first of the two calls: who comes while it runs still sees what there was.
    with _store(sandbox) as store:

        def looks() -> int:
            return len(store.events(operation="sagemaker:DescribeEndpoint"))

        project.preview(model_version="1.6.0", model_uri=f"{_BUCKET}/1.6.0/model.tar.gz")
        # The five minutes of the update last longer than this test looks.
        with running_up(sandbox, project.folder, **{eventual.VARIABLE: "1"}) as up:
            wait_until(lambda: _calls(sandbox)[5:] == both[:1], 60, "the provider updates it")
            up.kill_engine()
        assert _read(sandbox)["EndpointStatus"] == "Updating"
        seen = looks()
        with running_up(sandbox, project.folder) as up:
            wait_until(lambda: looks() > seen, 60, "the next run looks at it")
            endpoint = store.by_name("aws", _ENDPOINT, _NAME)
            assert endpoint is not None
            scope = {"account": endpoint.account, "region": endpoint.region}
            store.update("aws", _ENDPOINT, endpoint.id, eventual.released, **scope)
            code, printed = up.ends()
            assert code == 0, printed
    assert _provisioned(sandbox) == 4
    assert _calls(sandbox)[5:] == both
    assert project.up().steps == {}


def test_a_silent_rollback_is_told_and_the_next_update_converges(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    old = project.resource("fraud-configuration")["outputs"]["name"]
    with _store(sandbox) as store:
        store.add_fault(Fault(_ENDPOINT, "UpdateEndpoint", "silent_rollback"))
    failed = project.up(fails=True, **_NEXT)
    assert f"still serves configuration {old}" in failed.output
    assert "Traceback" not in failed.output
    # What is live is still there: configuration, model and the permission to load it.
    assert not failed.names("delete", "delete-replaced")
    assert _read(sandbox)["EndpointConfigName"] == old
    repaired = project.up()
    assert "fraud-live" in repaired.names("update")
    assert _read(sandbox)["EndpointConfigName"] != old
    assert project.up().steps == {}
