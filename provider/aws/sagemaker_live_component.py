"""`serving:index:SageMakerLiveComponent`: an inference component runs what was asked, or it fails.

Cloud Control makes and deletes an inference component. It cannot be trusted with its updates: the
copies that were asked for when it was made and the way to replace them are write only, so a patch
neither has them nor can change them, and a component that SageMaker took back to its earlier model
is in service all the same. This resource asks for the rolling update itself, without a number of
copies, so that what an autoscaler has set stays, and looks at what is live afterwards.

Source: DescribeInferenceComponent, UpdateInferenceComponent and
UpdateInferenceComponentRuntimeConfig in botocore's model of the API.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol, cast

from provider.aws.sagemaker_calls import described, sleep, unless_busy
from provider.aws.sagemaker_component_state import (
    Live,
    as_asked,
    has,
    is_final,
    is_placed,
    live_of,
    reason,
    told,
)
from provider.aws.sagemaker_component_wait import ComponentWait
from provider.aws.sagemaker_live_component_inputs import DEFAULT_TIMEOUT_SECONDS
from provider.calls import call
from provider.errors import ProviderError
from provider.resource import Kept
from provider.waiting import Poll, Report

__all__ = ["Components", "SageMakerLiveComponent"]

_WAY_OUT: Final = (
    "Fix the model (its container's log says why it does not start) and run `up` again, or go "
    "back with `serving rollback <model>`"
)


class Components(Protocol):
    """The calls of boto3's SageMaker client that this resource makes, and no others."""

    def describe_inference_component(
        self,
        *,
        InferenceComponentName: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Status, specification and copies."""
        ...

    def update_inference_component(
        self,
        *,
        InferenceComponentName: str,  # noqa: N803
        Specification: dict[str, Any],  # noqa: N803
        **more: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Begin a rolling update to another specification."""
        ...

    def list_tags(self, *, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        """Tags of a component: it has at most 50, which are one page."""
        ...

    def add_tags(self, *, ResourceArn: str, Tags: list[dict[str, str]]) -> object:  # noqa: N803
        """Set tags; others stay."""
        ...

    def delete_tags(self, *, ResourceArn: str, TagKeys: list[str]) -> object:  # noqa: N803
        """Take tags away."""
        ...

    def update_inference_component_runtime_config(
        self,
        *,
        InferenceComponentName: str,  # noqa: N803
        DesiredRuntimeConfig: dict[str, int],  # noqa: N803
    ) -> dict[str, Any]:
        """Ask for another number of copies."""
        ...


class SageMakerLiveComponent(Kept):
    """Create, update and read against one AWS account and region."""

    def __init__(self, client: Components, *, poll: Poll | None = None) -> None:
        self._client = client
        self._poll = poll or Poll()
        self.cancelled = asyncio.Event()

    async def create(
        self, inputs: Mapping[str, object], *, timeout_seconds: float, report: Report
    ) -> tuple[str, dict[str, object]]:
        """Bring up the first copies, at least one: without it nothing would prove that it starts.

        An autoscaler may take that one away again, where the fewest are 0.
        """
        outputs = await self._settle(inputs, {}, timeout_seconds, report, least=1)
        return str(inputs["componentName"]), outputs

    async def update(
        self,
        resource_id: str,  # noqa: ARG002 - the inputs have the name
        before: Mapping[str, object],
        inputs: Mapping[str, object],
        *,
        timeout_seconds: float,
        report: Report,
    ) -> dict[str, object]:
        """Move to what is asked; copies are brought within their bounds, and otherwise kept."""
        return await self._settle(inputs, before, timeout_seconds, report, least=0)

    async def read(
        self, resource_id: str, inputs: Mapping[str, object]
    ) -> tuple[dict[str, object], dict[str, object]] | None:
        """Inputs and outputs as they are live; None when there is no such component.

        Bounds are no fact of SageMaker's: those in state are kept, and an import has the copies
        that are wanted now.
        """
        live = await self._describe(resource_id)
        if live is None:
            return None
        known = cast("dict[str, Any]", inputs.get("specification") or {})
        specification = known if known and has(live.specification, known) else live.specification
        tags = await self._tags(live.arn)
        asked_tags = _texts(inputs) if inputs else tags
        now: dict[str, object] = {
            "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS,
            "minCopies": live.wanted,
            "maxCopies": max(1, live.wanted),
            **({"deploymentConfig": live.deployment} if live.deployment else {}),
            **inputs,
            "componentName": resource_id,
            "endpointName": live.endpoint_name,
            "specification": specification,
        }
        if asked_tags:
            now["tags"] = {key: tags[key] for key in asked_tags if key in tags}
        return now, _outputs(now, live)

    async def _settle(
        self,
        inputs: Mapping[str, object],
        before: Mapping[str, object],
        timeout_seconds: float,
        report: Report,
        *,
        least: int,
    ) -> dict[str, object]:
        name = str(inputs["componentName"])
        seconds = timeout_seconds or cast(float, inputs["timeoutSeconds"])
        wait = ComponentWait(self, name, seconds, report)
        live = await wait.until(is_final)
        _require(name, inputs, live)
        live = await self._roll(inputs, before, live, wait)
        await self._tag(live.arn, _texts(inputs), _texts(before))
        return _outputs(inputs, await self._scale(inputs, live, wait, least))

    async def _roll(
        self,
        inputs: Mapping[str, object],
        before: Mapping[str, object],
        live: Live,
        wait: ComponentWait,
    ) -> Live:
        """The component with the specification that was asked for."""
        name = str(inputs["componentName"])
        asked = cast("dict[str, Any]", _whole(inputs["specification"]))
        earlier = cast("dict[str, Any]", before.get("specification") or {})
        while not as_asked(live.specification, asked, earlier):
            await wait.report(f"rolling update to {told(asked)}")
            deployment = _whole(inputs.get("deploymentConfig"))
            more = {"DeploymentConfig": deployment} if deployment else {}
            if await unless_busy(
                lambda more=more: self._client.update_inference_component(
                    InferenceComponentName=name, Specification=asked, **more
                )
            ):
                live = await wait.until(is_final, settled=lambda now: has(now.specification, asked))
                _require(name, inputs, live)
                if not as_asked(live.specification, asked, earlier):
                    raise ProviderError(
                        f"inference component {name} still runs {told(live.specification)}; "
                        f"asked: {told(asked)}. SageMaker rolled the update back. "
                        f"{reason(live)}. {_WAY_OUT}"
                    )
            else:
                # What it waits for may be the endpoint's: by itself the component looks at rest.
                live = await wait.until(is_final, settled=lambda _: False)
        return live

    async def _scale(
        self, inputs: Mapping[str, object], live: Live, wait: ComponentWait, least: int
    ) -> Live:
        """The component with a number of copies within its bounds, all of them placed."""
        name = str(inputs["componentName"])
        low = max(least, int(cast(float, inputs["minCopies"])))
        high = max(low, int(cast(float, inputs["maxCopies"])))
        while not low <= live.wanted <= high:
            copies = low if live.wanted < low else high
            await wait.report(f"from {live.wanted} to {copies} copies")
            await unless_busy(
                lambda copies=copies: self._client.update_inference_component_runtime_config(
                    InferenceComponentName=name, DesiredRuntimeConfig={"CopyCount": copies}
                )
            )
            live = await wait.until(is_final, settled=lambda now: low <= now.wanted <= high)
            _require(name, inputs, live)
        if live.placed < live.wanted:
            live = await wait.until(lambda now: is_final(now) and is_placed(now))
            _require(name, inputs, live)
        if live.placed < live.wanted:
            raise ProviderError(
                f"inference component {name} has {live.placed} of {live.wanted} copies in "
                f"service. {reason(live)}. Ask for less per copy, or give the endpoint more or "
                "larger instances; if the container does not start, its log says why"
            )
        return live

    async def _tag(self, arn: str, asked: Mapping[str, str], before: Mapping[str, str]) -> None:
        """Set the tags that are asked for; of others only those go that were asked for before."""
        if not asked and not before:
            return
        now = await self._tags(arn)
        other = [{"Key": key, "Value": asked[key]} for key in asked if now.get(key) != asked[key]]
        if other:
            await call(lambda: self._client.add_tags(ResourceArn=arn, Tags=other))
        gone = sorted((before.keys() - asked.keys()) & now.keys())
        if gone:
            await call(lambda: self._client.delete_tags(ResourceArn=arn, TagKeys=gone))

    async def _tags(self, arn: str) -> dict[str, str]:
        answer = await call(lambda: self._client.list_tags(ResourceArn=arn))
        tags = cast("list[dict[str, str]]", answer.get("Tags") or [])
        return {tag["Key"]: tag["Value"] for tag in tags}

    async def _describe(self, name: str) -> Live | None:
        answer = await described(
            lambda: self._client.describe_inference_component(InferenceComponentName=name),
            "Could not find inference component",
        )
        return None if answer is None else live_of(answer)

    async def describe(self, name: str) -> Live:
        """What is live; raises `ProviderError` when there is no such component."""
        live = await self._describe(name)
        if live is None:
            raise ProviderError(
                f"componentName: there is no inference component {name} in this account and "
                "region. Was it deleted by hand? `pulumi refresh`, then `up`, makes it again"
            )
        return live

    async def sleep(self, seconds: float) -> None:
        """Wait; raises `ProviderError` as soon as the update is cancelled."""
        await sleep(self.cancelled, seconds, "the inference component")

    @property
    def poll(self) -> Poll:
        """How often the component is looked at."""
        return self._poll


def _require(name: str, inputs: Mapping[str, object], live: Live) -> None:
    if live.status != "InService":
        raise ProviderError(
            f"inference component {name} is {live.status}; asked: "
            f"{told(cast('dict[str, Any]', inputs['specification']))} in service. "
            # It is looked at before anything is asked, so that running again changes nothing.
            f"{reason(live)}. Mend what that says, delete the component (`aws sagemaker "
            f"delete-inference-component --inference-component-name {name}`), and `pulumi up "
            "--refresh` makes it anew"
        )
    if live.endpoint_name != inputs["endpointName"]:
        raise ProviderError(
            f"inference component {name} is on endpoint {live.endpoint_name}; asked: "
            f"{inputs['endpointName']}. SageMaker moves no component: delete it there, or give "
            "this one another name"
        )


def _whole(value: object) -> object:
    """Numbers travel to a provider as doubles; SageMaker's client takes 4096.0 for no integer."""
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_whole(item) for item in cast("list[object]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _texts(inputs: Mapping[str, object]) -> dict[str, str]:
    return cast("dict[str, str]", inputs.get("tags") or {})


def _outputs(inputs: Mapping[str, object], live: Live) -> dict[str, object]:
    return {**inputs, "status": live.status, "liveCopies": live.wanted}
