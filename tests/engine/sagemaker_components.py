"""What boto3 reads of inference components, and what it changes as an autoscaler would."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sandbox.store import Row, Store
from tests.engine.aws_client import aws_clients
from tests.engine.conftest import Sandbox
from tests.engine.running import wait_until

_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


class Live:
    """What boto3 reads, and what it changes as an autoscaler or somebody else would."""

    def __init__(self, store: Store, api: Any) -> None:  # noqa: ANN401 - boto3 has no types
        self.store = store
        self.api = api

    def describe(self, name: str) -> dict[str, Any]:
        """What DescribeInferenceComponent answers."""
        return self.api.describe_inference_component(InferenceComponentName=name)

    def tags(self, name: str) -> dict[str, str]:
        """The tags of a component."""
        arn = self.describe(name)["InferenceComponentArn"]
        return {tag["Key"]: tag["Value"] for tag in self.api.list_tags(ResourceArn=arn)["Tags"]}

    def all(self) -> list[dict[str, Any]]:
        """All components by name."""
        found = self.api.list_inference_components(SortBy="Name", SortOrder="Ascending")
        return sorted(found["InferenceComponents"], key=lambda one: one["InferenceComponentName"])

    def copies(self, name: str) -> tuple[int, int]:
        """Copies that are wanted, and that are placed."""
        found = self.describe(name)["RuntimeConfig"]
        return found["DesiredCopyCount"], found["CurrentCopyCount"]

    def scale(self, name: str, copies: int) -> None:
        """Ask for other copies and wait for them."""
        self.api.update_inference_component_runtime_config(
            InferenceComponentName=name, DesiredRuntimeConfig={"CopyCount": copies}
        )
        self._in_service(name)

    def specify(self, name: str, specification: dict[str, Any]) -> None:
        """Ask for another specification and wait until all copies have it."""
        self.api.update_inference_component(
            InferenceComponentName=name, Specification=specification
        )
        self._in_service(name)

    def delete(self, name: str) -> None:
        """Delete it and wait until it is gone."""
        self.api.delete_inference_component(InferenceComponentName=name)

        def gone() -> bool:
            return all(each["InferenceComponentName"] != name for each in self.all())

        wait_until(gone, 30, f"{name} is deleted")

    def _in_service(self, name: str) -> None:
        def reached() -> bool:
            return self.describe(name)["InferenceComponentStatus"] == "InService"

        wait_until(reached, 30, f"{name} is in service")

    def endpoint(self, name: str) -> dict[str, Any]:
        """The one variant of an endpoint."""
        return self.api.describe_endpoint(EndpointName=name)["ProductionVariants"][0]

    def instances(self, name: str) -> int:
        """How many instances it has."""
        return int(self.endpoint(name)["CurrentInstanceCount"])

    def ring(self, alarm: str, state: str) -> None:
        """Set an alarm's state."""

        def change(row: Row) -> Row:
            return row.replace(live={**row.live, "state": state})

        self.store.update("aws", _ALARM, alarm, change)

    def calls(self) -> list[str]:
        """What changed components, in order."""
        found = self.store.events(operation="sagemaker:UpdateInferenceComponent*")
        return [each.operation.partition(":")[2] for each in found]


@contextmanager
def live_components(sandbox: Sandbox) -> Generator[Live]:
    """boto3 on the test's sandbox."""
    with sandbox.store() as store, aws_clients(sandbox) as aws:
        yield Live(store, aws("sagemaker"))


def before(order: list[tuple[str, str]], first: tuple[str, str], second: tuple[str, str]) -> None:
    """One step came before the other."""
    assert order.index(first) < order.index(second), f"{first} after {second}"
