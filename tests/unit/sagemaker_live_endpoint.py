"""The first-party resource, and a SageMaker that answers from a store, through boto3."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.provider import CreateRequest, UpdateRequest

from provider.aws.sagemaker_live_endpoint import Poll
from provider.serving import ServingProvider
from provider.values import plain_map, wrap_map
from sandbox import eventual
from sandbox.store import Row, Store
from tests.unit.sandbox_api import answering

__all__ = [
    "ASKED",
    "QUICK",
    "TOKEN",
    "URN",
    "calls",
    "change",
    "configure",
    "counts",
    "create",
    "move",
    "put",
    "scaled",
    "store",
]

TOKEN = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
URN = "urn:pulumi:dev::model-serving::serving:index:SageMakerLiveEndpoint::fraud-live"
ASKED: dict[str, object] = {
    "endpointName": "fraud",
    "endpointConfigName": "fraud-2",
    "weights": {"stable": 90, "candidate": 10},
    "timeoutSeconds": 5,
}
QUICK = Poll(first_seconds=0.02, longest_seconds=0.1)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """What SageMaker answers from."""
    with answering(tmp_path, monkeypatch) as store:
        yield store


def put(
    store: Store,
    *,
    config: str = "fraud-2",
    weights: Mapping[str, float] | None = None,
    **live: Any,  # noqa: ANN401 - any of the column's keys
) -> None:
    variants = [
        {
            "name": name,
            "desired_weight": weight,
            "current_weight": weight,
            "desired_instance_count": 3,
            "current_instance_count": 3,
        }
        for name, weight in (weights or {"stable": 1, "candidate": 0}).items()
    ]
    store.put(
        Row(
            provider="aws",
            token=TOKEN,
            id="fraud",
            name="fraud",
            account="123456789012",
            region="eu-west-1",
            live={
                "status": "InService",
                "endpoint_config_name": config,
                "variants": variants,
                **live,
            },
        )
    )


def configure(
    store: Store,
    name: str,
    counts: Mapping[str, int] | None = None,
    *,
    instance_type: str = "ml.m5.large",
    **more: Any,  # noqa: ANN401 - any input
) -> None:
    """Put an endpoint configuration with these variants."""
    variants = [
        {
            "variantName": variant,
            "instanceType": instance_type,
            "initialInstanceCount": count,
            "initialVariantWeight": 0.0 if number else 1.0,
        }
        for number, (variant, count) in enumerate((counts or {"stable": 1, "candidate": 1}).items())
    ]
    store.put(
        Row(
            provider="aws",
            token=CONFIGURATION,
            id=name,
            name=name,
            account="123456789012",
            region="eu-west-1",
            inputs={"name": name, "productionVariants": variants, **more},
        )
    )


def change(store: Store, **live: Any) -> None:  # noqa: ANN401
    store.update("aws", TOKEN, "fraud", lambda row: row.replace(live={**row.live, **live}))


def calls(store: Store, operation: str = "sagemaker:*") -> list[str]:
    return [event.operation for event in store.events(operation=operation)]


def create(
    provider: ServingProvider | None = None, *, timeout: float = 0, **more: object
) -> dict[str, Any]:
    provider = provider or ServingProvider(poll=QUICK)
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), timeout, preview=False)
    response = asyncio.run(provider.create(request))
    assert response.resource_id == "fraud"
    return plain_map(response.properties)


def move(
    provider: ServingProvider | None = None,
    *,
    was: str = "fraud-1",
    known: list[str] | None = None,
    **more: object,
) -> dict[str, Any]:
    """Update the resource, which asked for the configuration `was` before, scaling `known`."""
    olds = wrap_map({**ASKED, "endpointConfigName": was, "scaledVariants": known or []})
    request = UpdateRequest(URN, "fraud", olds, wrap_map({**ASKED, **more}), 0, [], preview=False)
    provider = provider or ServingProvider(poll=QUICK)
    return plain_map(asyncio.run(provider.update(request)).properties)


def counts(store: Store) -> dict[str, int]:
    row = store.get("aws", TOKEN, "fraud")
    assert row is not None
    live = eventual.settled(row).live
    return {v["name"]: v["desired_instance_count"] for v in live["variants"]}


def scaled(store: Store, variant: str) -> None:
    resource = f"endpoint/fraud/variant/{variant}"
    inputs = {
        "serviceNamespace": "sagemaker",
        "resourceId": resource,
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "minCapacity": 1,
        "maxCapacity": 9,
    }
    store.put(
        Row(
            provider="aws",
            token="aws:appautoscaling/target:Target",
            id=resource,
            name="",
            account="123456789012",
            region="eu-west-1",
            inputs=inputs,
            outputs={"arn": f"arn:aws:application-autoscaling:{resource}"},
        )
    )
